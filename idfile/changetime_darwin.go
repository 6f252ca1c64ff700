package idfile

import (
	"io/fs"
	"syscall"
	"time"
)

// changeTime is when a file's content, name or rights were changed last; unlike the
// time of modification nobody can set it.
func changeTime(info fs.FileInfo) time.Time {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(stat.Ctimespec.Unix())
	}
	return time.Time{}
}
