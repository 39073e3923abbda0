package serverleft

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// grace is how long requests may take when the server is to stop.
const grace = 10 * time.Second

// Run serves on ln until ctx ends. It returns when the requests that were under
// way are answered. It closes those that take too long, and says so.
func Run(ctx context.Context, ln net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h}
	failed := make(chan error, 1)
	go func() {
		failed <- srv.Serve(ln)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return shutdown(context.WithoutCancel(ctx), srv)
	}
}

func shutdown(ctx context.Context, srv *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		return errors.Join(err, srv.Close())
	}
	return nil
}
