package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
)

// serverLog is Temporal's log together with its level.
type serverLog struct {
	logger log.Logger
	level  zap.AtomicLevel
}

// openLog logs to a file, or to stderr if file is empty.
func openLog(level, file string) (*serverLog, error) {
	if file != "" {
		if err := checkWritable(file); err != nil {
			return nil, fmt.Errorf("--log-file %s: %w", file, err)
		}
	}
	adjustable := zap.NewAtomicLevelAt(log.ParseZapLevel(level))
	zapLogger := log.BuildZapLogger(log.Config{Level: level, OutputFile: file, Format: "console"})
	return &serverLog{
		logger: log.NewZapLogger(zapLogger.WithOptions(zap.IncreaseLevel(adjustable))),
		level:  adjustable,
	}, nil
}

// quietStop drops what comes from now on: services that are being stopped
// report each cancelled request as an error. The debug level keeps it.
func (l *serverLog) quietStop() {
	if l.level.Level() > zap.DebugLevel {
		l.level.SetLevel(zap.FatalLevel)
	}
}

// checkWritable creates file and its folder if they are missing: the logging
// library panics on a file that it can't open.
func checkWritable(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	opened, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return opened.Close()
}
