package idfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Identity says which file it is about. It travels through Temporal, so that
// every worker can tell whether it sees the same one.
type Identity struct {
	// Name is relative to the folder.
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Customers is how many ids the file has, repeated ones among them.
	Customers int64 `json:"customers"`
}

// String is the identity as people read it.
func (i Identity) String() string {
	return fmt.Sprintf("%s (%d bytes, sha256 %.12s…)", i.Name, i.Size, i.SHA256)
}

// Folder is the only place that files are read from. Building it does no I/O.
type Folder struct {
	Path string

	mutex sync.Mutex
	// verified are files whose content has been compared, by what a change
	// would show in.
	verified map[seen]bool
}

type seen struct {
	name     string
	size     int64
	modified time.Time
	sha256   string
}

// Inspect reads the whole file once and says which one it is. Every line that
// could not be an id of so many columns is an error, ten of them at most, before
// anything has started.
func (f *Folder) Inspect(name string, columns int) (Identity, error) {
	file, err := f.open(name)
	if err != nil {
		return Identity{}, err
	}
	defer file.Close()
	hash := sha256.New()
	checker := checker{name: name, columns: columns}
	size, err := io.Copy(io.MultiWriter(hash, &checker), file)
	if err != nil {
		return Identity{}, fmt.Errorf("file %s: %w", name, err)
	}
	checker.finish()
	if len(checker.problems) > 0 {
		return Identity{}, errors.Join(checker.problems...)
	}
	if checker.ids == 0 {
		return Identity{}, fmt.Errorf("file %s holds no ids; it must have one a line", name)
	}
	return Identity{Name: name, Size: size, SHA256: hex.EncodeToString(hash.Sum(nil)), Customers: checker.ids}, nil
}

// Open opens the file, if it is the same one that was inspected. Its content is
// compared the first time, and whenever its size or time has changed.
func (f *Folder) Open(expected Identity) (*File, error) {
	file, err := f.open(expected.Name)
	if err != nil {
		return nil, f.differs(expected, err.Error())
	}
	if err := f.verify(file, expected); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &File{file: file, name: expected.Name, size: expected.Size}, nil
}

func (f *Folder) verify(file *os.File, expected Identity) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != expected.Size {
		return f.differs(expected, fmt.Sprintf("it has %d bytes here", info.Size()))
	}
	key := seen{expected.Name, info.Size(), info.ModTime(), expected.SHA256}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.verified[key] {
		return nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, expected.Size)); err != nil {
		return fmt.Errorf("file %s: %w", expected.Name, err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != expected.SHA256 {
		return f.differs(expected, fmt.Sprintf("its sha256 is %.12s… here", sum))
	}
	if f.verified == nil {
		f.verified = map[seen]bool{}
	}
	f.verified[key] = true
	return nil
}

func (f *Folder) differs(expected Identity, how string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Errorf("host %s, folder %s: this is not the file %s that the run was started with: %s; give every worker the same file", host, f.absolute(), expected, how)
}

func (f *Folder) absolute() string {
	if path, err := filepath.Abs(f.Path); err == nil {
		return path
	}
	return f.Path
}

func (f *Folder) open(name string) (*os.File, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("file %s is not inside of the worker's folder %s (customer-scanner/source-dir)", name, f.absolute())
	}
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, fmt.Errorf("customer-scanner/source-dir: %w", err)
	}
	defer root.Close()
	file, err := root.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s in the worker's folder %s (customer-scanner/source-dir)", name, f.absolute())
	case err != nil:
		return nil, fmt.Errorf("file %s in the worker's folder %s: %w", name, f.absolute(), err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s in the worker's folder %s is no plain file", name, f.absolute()), file.Close())
	}
	return file, nil
}
