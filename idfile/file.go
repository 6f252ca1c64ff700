package idfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is an open file of ids.
type File struct {
	file *os.File
	name string
	size int64
	// verified is the file as it was when its content was compared.
	verified fs.FileInfo
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// ID is an id and where the line after it begins.
type ID struct {
	Text string
	Next int64
}

// readAhead is how much of the file is read at a time.
const readAhead = 64 << 10

// Read returns the ids of the lines that begin at the offset and after it, at most
// limit of them, up to another offset (0: the file's end). Fewer: there are no
// more. The offset must be where a line begins. A file that was written to
// since it was opened gives no ids: they may be others than those that were meant.
func (f *File) Read(offset, upTo int64, limit int) ([]ID, error) {
	ids, err := f.read(offset, upTo, limit)
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", f.name, err)
	}
	info, err := f.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("file %s: %w", f.name, err)
	}
	if !unchanged(f.verified, info) {
		return nil, fmt.Errorf("file %s was changed while it was read; it is compared with the file that the run was started with", f.name)
	}
	return ids, nil
}

func (f *File) read(offset, upTo int64, limit int) ([]ID, error) {
	if upTo == 0 {
		upTo = f.size
	}
	reader := bufio.NewReaderSize(io.NewSectionReader(f.file, offset, upTo-offset), readAhead)
	var ids []ID
	for len(ids) < limit {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		first := offset == 0
		offset += int64(len(line))
		if id := trim(withoutNewline(line), first); len(id) > 0 {
			ids = append(ids, ID{string(id), offset})
		}
		if err != nil {
			return ids, nil
		}
	}
	return ids, nil
}

func withoutNewline(line []byte) []byte {
	if last := len(line) - 1; last >= 0 && line[last] == '\n' {
		return line[:last]
	}
	return line
}
