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
	"syscall"
	"time"
)

// Identity says which file it is about. It travels through Temporal, so that
// every worker can tell whether it sees the same one.
type Identity struct {
	// Name is relative to the folder, and Path where the worker that was asked saw it.
	Name   string `json:"name"`
	Path   string `json:"path,omitempty"`
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
	// Reserved are files that are not to be opened, wherever a name leads to them: those of
	// the database.
	Reserved []string

	mutex sync.Mutex
	// verified are the files whose content has been compared, as they were then.
	verified map[content]fs.FileInfo
}

// content is what a file of that name must hold.
type content struct{ name, sha256 string }

// Inspect reads the whole file once and says which one it is. Every line that
// could not be an id of so many columns, or that check refuses with a *LineError, is
// an error before anything has started: ten of them at most, and how many more there
// are. Any other error of check ends the inspection. check may be nil.
func (f *Folder) Inspect(name string, columns int, check Check) (Identity, error) {
	local, err := f.local(name)
	if err != nil {
		return Identity{}, err
	}
	file, err := f.open(local)
	if err != nil {
		return Identity{}, err
	}
	defer func() { _ = file.Close() }() // it is only read
	hash := sha256.New()
	checker := checker{name: name, columns: columns, ask: check}
	size, err := io.Copy(io.MultiWriter(hash, &checker), file)
	if err == nil {
		err = checker.finish()
	}
	if err != nil {
		return Identity{}, fmt.Errorf("file %s: %w", name, err)
	}
	if err := checker.problem(); err != nil {
		return Identity{}, err
	}
	if checker.ids == 0 {
		return Identity{}, fmt.Errorf("file %s holds no ids; it must have one a line", name)
	}
	return Identity{Name: local, Path: filepath.Join(f.absolute(), local), Size: size, SHA256: hex.EncodeToString(hash.Sum(nil)), Customers: checker.ids}, nil
}

// Named reports whether somebody means this file by a name or a path.
func (i Identity) Named(name string) bool {
	clean := filepath.Clean(name)
	return name != "" && (clean == i.Name || clean == i.Path)
}

// Open opens the file, if it is the same one that was inspected. Its content is
// compared the first time, and whenever another file stands there under its name, or
// its size or a time of it has changed.
func (f *Folder) Open(expected Identity) (*File, error) {
	file, err := f.open(expected.Name)
	if err != nil {
		return nil, f.differs(expected, err.Error())
	}
	info, err := f.verify(file, expected)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &File{file: file, name: expected.Name, size: expected.Size, verified: info}, nil
}

// verify compares a file's content with what is expected, and returns the file as
// it was then.
func (f *Folder) verify(file *os.File, expected Identity) (fs.FileInfo, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != expected.Size {
		return nil, f.differs(expected, fmt.Sprintf("it has %d bytes here", info.Size()))
	}
	key := content{expected.Name, expected.SHA256}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if before, found := f.verified[key]; found && unchanged(before, info) {
		return info, nil
	}
	began, hash := time.Now(), sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(file, 0, expected.Size)); err != nil {
		return nil, fmt.Errorf("file %s: %w", expected.Name, err)
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != expected.SHA256 {
		return nil, f.differs(expected, fmt.Sprintf("its sha256 is %.12s… here", sum))
	}
	f.remember(key, info, began)
	return info, nil
}

// tick is how coarse the times of file systems are, at most.
const tick = 2 * time.Second

// remember spares the next comparison. A file that was written to just before this one
// began may be written to again without its time showing that.
func (f *Folder) remember(key content, info fs.FileInfo, began time.Time) {
	age := min(began.Sub(info.ModTime()), began.Sub(changeTime(info)))
	if 0 <= age && age < tick {
		return
	}
	if f.verified == nil {
		f.verified = map[content]fs.FileInfo{}
	}
	f.verified[key] = info
}

// unchanged reports whether a file is the same one as before, with the same
// content, as far as the file system tells.
func unchanged(before, now fs.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime()) && changeTime(before).Equal(changeTime(now))
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

// local is a file's name relative to the folder, of a name or of an absolute path
// that leads into the folder.
func (f *Folder) local(name string) (string, error) {
	if filepath.IsLocal(name) {
		return filepath.Clean(name), nil
	}
	if filepath.IsAbs(name) {
		for _, path := range []string{filepath.Clean(name), resolved(name)} {
			for _, folder := range []string{f.absolute(), f.resolved()} {
				if inside, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(inside) {
					return inside, nil
				}
			}
		}
	}
	return "", fmt.Errorf("file %s is not inside of the worker's folder %s (customer-scanner/source-dir); put it there, or start the worker with another folder", name, f.absolute())
}

// resolved is the folder by a path without symbolic links.
func (f *Folder) resolved() string {
	if folder, err := filepath.EvalSymlinks(f.absolute()); err == nil {
		return folder
	}
	return f.absolute()
}

// resolved is a path whose folders are no symbolic links; the file itself may be one.
func resolved(path string) string {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, filepath.Base(path))
}

// open opens a plain file of the folder. It never waits: to open a pipe would take
// until somebody writes to it.
func (f *Folder) open(name string) (*os.File, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("file %s is not inside of the worker's folder %s (customer-scanner/source-dir)", name, f.absolute())
	}
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, fmt.Errorf("customer-scanner/source-dir: %w", err)
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(name)
	if err != nil {
		return nil, f.cannotOpen(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, f.notPlain(name, info)
	}
	if reserved := IsOneOf(info, f.Reserved); reserved != "" {
		return nil, fmt.Errorf("file %s is the database's own (%s); name a file of ids", name, reserved)
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, f.cannotOpen(name, err)
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() { // replaced meanwhile
		return nil, errors.Join(f.notPlain(name, info), err, file.Close())
	}
	return file, nil
}

// IsOneOf is the path of the files that leads to the same one; empty: none does.
func IsOneOf(info fs.FileInfo, paths []string) string {
	for _, path := range paths {
		if other, err := os.Stat(path); err == nil && os.SameFile(info, other) {
			return path
		}
	}
	return ""
}

func (f *Folder) cannotOpen(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s in the worker's folder %s (customer-scanner/source-dir)", name, f.absolute())
	}
	return fmt.Errorf("file %s in the worker's folder %s: %w", name, f.absolute(), err)
}

func (f *Folder) notPlain(name string, info fs.FileInfo) error {
	return fmt.Errorf("%s in the worker's folder %s is no plain file, but %s; write the ids into a plain file", name, f.absolute(), kind(info))
}

func kind(info fs.FileInfo) string {
	if info == nil {
		return "something else"
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe, which can be read only once"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}
