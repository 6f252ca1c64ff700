package board

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// Println prints a text above the board, whole, and each line of it on its own.
func (b *Board) Println(text string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b.above = append(b.above, Clean(strings.TrimSuffix(line, "\r")))
	}
	if b.closed {
		b.flush()
	}
}

// flush writes what is to go above the board as it is. The board is locked.
func (b *Board) flush() {
	if len(b.above) == 0 {
		return
	}
	text := strings.Join(b.above, "\n") + "\n"
	b.above = nil
	_, _ = io.WriteString(b.options.Output, text) // nobody reads on: that stops nobody
}

// Writer is for output, such as a log, that is to appear above the board. A line
// appears when it is ended, or when the board is closed. Write never fails.
func (b *Board) Writer() io.Writer {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	writer := &lineWriter{board: b}
	b.writers = append(b.writers, writer)
	return writer
}

// lineWriter hands whole lines to the board.
type lineWriter struct {
	board   *Board
	mutex   sync.Mutex
	partial []byte
}

func (w *lineWriter) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.partial = append(w.partial, text...)
	if end := bytes.LastIndexByte(w.partial, '\n'); end >= 0 {
		w.board.Println(string(w.partial[:end+1]))
		w.partial = append([]byte(nil), w.partial[end+1:]...)
	}
	return len(text), nil
}

func (w *lineWriter) end() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(w.partial) > 0 {
		w.board.Println(string(w.partial))
		w.partial = nil
	}
}

// endLines ends the lines that writers have begun.
func (b *Board) endLines() {
	b.mutex.Lock()
	writers := b.writers
	b.mutex.Unlock()
	for _, writer := range writers {
		writer.end()
	}
}
