package cli

import (
	"io"
	"log/slog"
	"net/url"
)

// nullLogger keeps the SDK's log off the screen: what matters is on the board.
func nullLogger() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func escape(id string) string { return url.PathEscape(id) }
