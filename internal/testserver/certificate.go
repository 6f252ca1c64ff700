package testserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority is a certificate authority of a test's own.
type Authority struct {
	testing.TB
	// File holds its certificate in PEM form, which clients trust.
	File string

	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes one whose files lie in a folder.
func NewAuthority(t testing.TB, folder, name string) *Authority {
	t.Helper()
	a := &Authority{TB: t, folder: folder, File: filepath.Join(folder, name+".pem"), key: newKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	write(t, a.File, block("CERTIFICATE", der), 0o644)
	return a
}

// Certificate is a server's or a client's, as files in PEM form and as their text.
type Certificate struct {
	CertificateFile, KeyFile string
	// PEM is the key, then the certificate and the authority's.
	PEM []byte
}

// Issue makes a certificate for a host or a client, by address or name, that ends
// then. The
// files belong to an account, if it is there and this is root.
func (a *Authority) Issue(host string, ends time.Time, account string) Certificate {
	a.Helper()
	key := newKey(a)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: ends,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if address := net.ParseIP(host); address != nil {
		template.IPAddresses = []net.IP{address}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(a, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(a, err)
	name := filepath.Join(a.folder, strconv.FormatInt(time.Now().UnixNano(), 36))
	made := Certificate{CertificateFile: name + ".pem", KeyFile: name + ".key"}
	certificate, secret := block("CERTIFICATE", der), block("PRIVATE KEY", private)
	made.PEM = append(append(secret, certificate...), block("CERTIFICATE", a.certificate.Raw)...)
	write(a, made.CertificateFile, certificate, 0o644)
	write(a, made.KeyFile, block("PRIVATE KEY", private), 0o600)
	own(a, made.KeyFile, account)
	return made
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func block(kind string, content []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
}

func write(t testing.TB, path string, content []byte, mode os.FileMode) {
	require.NoError(t, os.WriteFile(path, content, mode))
}

// own gives a file to the account that the server runs as.
func own(t testing.TB, path, account string) {
	if os.Getuid() != 0 {
		return
	}
	found, err := user.Lookup(account)
	if err != nil {
		return
	}
	number, err := strconv.Atoi(found.Uid)
	require.NoError(t, err)
	require.NoError(t, os.Chown(path, number, -1))
}
