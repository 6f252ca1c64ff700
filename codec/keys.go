package codec

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// keySize is that of AES-256, in bytes.
const keySize = 32

// Keys encrypt with one key and decrypt with any of theirs, so that a key can be
// replaced while messages under the old one are still kept.
type Keys struct {
	current string
	ciphers map[string]cipher.AEAD
}

// ReadKeys reads a file of keys: a line for each, its name, a space, and 32 random
// bytes in base64. The first encrypts; all decrypt. Lines that begin with # say nothing.
func ReadKeys(path string) (*Keys, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("file of keys: %w; make one: %s", err, howTo)
	}
	return parseKeys(path, content)
}

const howTo = `echo "$(date +%F) $(head -c 32 /dev/urandom | base64)" > keys`

var keyName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func parseKeys(path string, content []byte) (*Keys, error) {
	keys := &Keys{ciphers: map[string]cipher.AEAD{}}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := keys.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w; a line is a name, a space and a key", path, err)
	}
	if keys.current == "" {
		return nil, fmt.Errorf("%s: there is no key in it; make one: %s", path, howTo)
	}
	return keys, nil
}

// add takes one line. Its errors never show the key.
func (k *Keys) add(line string) error {
	fields := strings.Fields(line)
	if len(fields) != 2 {
		return fmt.Errorf("a line is a name, a space and a key; this one has %d words", len(fields))
	}
	name := fields[0]
	if !keyName.MatchString(name) {
		return fmt.Errorf("a key's name has up to 64 letters, digits, dots, hyphens and underscores")
	}
	if _, twice := k.ciphers[name]; twice {
		return fmt.Errorf("the name %s stands here twice; give each key a name of its own", name)
	}
	key, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || len(key) != keySize {
		return fmt.Errorf("the key %s must be %d bytes in base64, as of: head -c %d /dev/urandom | base64", name, keySize, keySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return err
	}
	sealed, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return err
	}
	if k.current == "" {
		k.current = name
	}
	k.ciphers[name] = sealed
	return nil
}

// names are those of all keys, for errors.
func (k *Keys) names() string {
	var names []string
	for name := range k.ciphers {
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
