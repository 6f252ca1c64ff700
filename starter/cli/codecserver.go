package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"db-migrate/codec"
)

// codecServerCommand decrypts for Temporal's Web UI, on the machine of somebody who
// has the keys.
func codecServerCommand(given *flags, out io.Writer) *cobra.Command {
	listen := ""
	command := &cobra.Command{
		Use:   "codec-server",
		Short: "Decrypts for Temporal's Web UI in your browser what --codec-keys has encrypted",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			path := given.codecKeys
			if path == "" {
				path = os.Getenv(codec.Variable)
			}
			if path == "" {
				return usage("codec-server needs --codec-keys FILE, the worker's file of keys")
			}
			origin := webUI(given)
			if origin == "" {
				return usage("codec-server needs --web-ui ADDRESS, the page that may ask it, such as http://127.0.0.1:8233")
			}
			keys, err := codec.ReadKeys(path)
			if err != nil {
				return usage("--codec-keys: %w", err)
			}
			return serveCodec(command.Context(), listen, origin, keys, out)
		},
	}
	command.Flags().StringVar(&listen, "listen", "127.0.0.1:8089", "`address` to answer at; whoever reaches it can decrypt")
	return command
}

// serveCodec answers until it is interrupted.
func serveCodec(ctx context.Context, address, origin string, keys *codec.Keys, out io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return usage("--listen %s: %w", address, err)
	}
	server := &http.Server{Handler: keys.Handler(origin), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(out, "codec server: http://%s answers the Web UI at %s; enter it there behind the glasses (Configure codec server)\n", listener.Addr(), origin)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
