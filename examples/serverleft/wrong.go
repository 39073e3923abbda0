package serverleft

import (
	"context"
	"net"
	"net/http"
)

// RunWrong serves on ln until ctx ends. The server goes on.
func RunWrong(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h}
	failed := make(chan error, 1)
	go func() { // want "started"
		failed <- srv.Serve(ln) // want "at: http-server"
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}
