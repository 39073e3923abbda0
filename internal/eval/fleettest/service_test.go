package fleettest

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serviceVariable makes a service of this test binary: "healthy" or "leaky".
const serviceVariable = "FLEETTEST_SERVICE"

func TestMain(m *testing.M) {
	if kind := os.Getenv(serviceVariable); kind != "" {
		serve(kind == "leaky")
		return
	}
	os.Exit(m.Run())
}

// serve prints its address and serves until the test that started it closes its
// standard input, or is gone.
func serve(leaky bool) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var fetched atomic.Int64
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector())
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		http.DefaultServeMux.ServeHTTP(w, r)
	})
	mux.HandleFunc("/fetched", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, fetched.Load()) })
	go http.Serve(l, mux)
	for range 10 {
		go idle()
	}
	if leaky {
		go func() {
			for range time.Tick(10 * time.Millisecond) {
				quote()
			}
		}()
	}
	fmt.Println(l.Addr())
	os.Stdin.Read(make([]byte, 1))
}

// idle is what every instance has.
func idle() { select {} }

// quote takes the first of two answers. Nobody waits for the other.
func quote() string {
	answers := make(chan string)
	for _, supplier := range []string{"a", "b"} {
		go func() { answers <- supplier }() // leak
	}
	return <-answers
}
