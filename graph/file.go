package graph

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkDestination finds out what stands in a file's way before anything is
// drawn.
func checkDestination(file string) error {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return fmt.Errorf("--output-file: %s is a folder; name a file in it", file)
	}
	folder := filepath.Dir(file)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--output-file: the folder %s does not exist; make it first", folder)
	case err != nil:
		return fmt.Errorf("--output-file: %w", err)
	case !info.IsDir():
		return fmt.Errorf("--output-file: %s is not a folder", folder)
	}
	return nil
}

// writeFile writes a file in one step, so that nobody finds half a drawing.
func writeFile(file string, content []byte) error {
	if info, err := os.Stat(file); err == nil {
		if !info.Mode().IsRegular() { // a device or a pipe is written to, never replaced
			return os.WriteFile(file, content, 0)
		}
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return err
		}
	}
	unfinished := filepath.Join(filepath.Dir(file), fmt.Sprintf(".%s.%d", filepath.Base(file), os.Getpid()))
	if err := os.WriteFile(unfinished, content, 0o666); err != nil {
		return errors.Join(err, remove(unfinished))
	}
	if err := os.Rename(unfinished, file); err != nil {
		return errors.Join(err, remove(unfinished))
	}
	return nil
}

func remove(file string) error {
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// temporaryPicture is a file that stays: the viewer reads it when it likes.
func temporaryPicture(content []byte) (string, error) {
	file, err := os.CreateTemp("", "components-*.png")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	return file.Name(), errors.Join(err, file.Close())
}
