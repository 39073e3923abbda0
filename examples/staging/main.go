// Staging is a small shop that leaks, and the tools that show it in a running
// service: the page of leakhttp, the dumps of its Dumper, the metrics of leakprom
// and the report of leakcheck.AtExit. README.md goes through a session from the
// alert to the fix.
//
//	go run . -dumps /tmp/leaks
//	go run . -dumps /tmp/leaks -fix
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
	"github.com/leakcheck-go/goroutine/leakcheck/leakprom"
)

func main() {
	defer leakcheck.AtExit(os.Stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "staging:", err)
		os.Exit(1) // without the report: it did not get to work
	}
}

// run serves until ctx is done, and then waits for all that it started.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("staging", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "`address` for customers")
	operators := flags.String("operators", "127.0.0.1:6060", "`address` for operators")
	dumps := flags.String("dumps", "leaks", "`folder` for dumps")
	interval := flags.Duration("interval", 15*time.Second, "between two scans for the metrics")
	fix := flags.Bool("fix", false, "serve without the leak")
	if err := flags.Parse(args); err != nil {
		return err
	}
	front, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	back, err := net.Listen("tcp", *operators)
	if err != nil {
		front.Close()
		return err
	}
	fmt.Fprintf(stdout, "shop on http://%s, for operators http://%s\n", front.Addr(), back.Addr())

	var running sync.WaitGroup
	defer running.Wait()
	// A real service keeps the minute to warm up: who runs this one waits for the dump.
	running.Go(func() { leakhttp.NewDumper(*dumps, &leakhttp.DumperOptions{WarmUp: -1}).Run(ctx) })
	operator := &http.Server{Handler: operatorMux(*interval)}
	running.Go(func() { _ = operator.Serve(back) }) // ends with Shutdown
	return serve(ctx, &http.Server{Handler: customerMux(&shop{fixed: *fix})}, front, operator)
}

// serve serves customers until ctx is done or that does not work, and then stops
// both servers.
func serve(ctx context.Context, server *http.Server, l net.Listener, other *http.Server) error {
	failed := make(chan error, 1) // room for the error, when nobody waits for it any more
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return errors.Join(err, other.Close())
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(ctx), other.Shutdown(ctx))
}

// operatorMux has what is nobody else's business. It listens on an address of
// its own, so that no mistake in the routes for customers opens it.
func operatorMux(interval time.Duration) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(leakprom.NewCollector(&leakprom.Options{MinInterval: interval}))
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/debug/leaks", leakhttp.Handler(nil))
	return mux
}
