package commandline

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Output is a program's standard output. It keeps the first error of writing to it: an
// answer that a full disk has swallowed is no success.
type Output struct {
	io.Writer
	kept *kept
}

// NewOutput keeps the errors of a stream, unless it is a terminal, which the board must
// know as one.
func NewOutput(stream io.Writer) *Output {
	file, isFile := stream.(*os.File)
	if isFile && term.IsTerminal(int(file.Fd())) {
		return &Output{stream, &kept{}}
	}
	keeper := &kept{stream: stream}
	return &Output{keeper, keeper}
}

// Err is the first error of writing, nil where all has been written.
func (o *Output) Err() error {
	o.kept.mutex.Lock()
	defer o.kept.mutex.Unlock()
	if o.kept.err == nil {
		return nil
	}
	return fmt.Errorf("standard output could not be written, so what you see is not all: %w", o.kept.err)
}

// kept writes to a stream and keeps its first error.
type kept struct {
	mutex  sync.Mutex
	stream io.Writer
	err    error
}

func (k *kept) Write(text []byte) (int, error) {
	written, err := k.stream.Write(text)
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.err == nil {
		k.err = err
	}
	return written, err
}
