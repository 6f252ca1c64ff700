package board_test

import (
	"os"
	"os/signal"
	"syscall"
)

func notify(interrupted chan os.Signal) {
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
}
