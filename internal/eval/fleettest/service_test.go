package fleettest

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
	"github.com/leakcheck-go/goroutine/leakcheck/leakprom"
)

// serviceVariable makes a service of this test binary: "healthy" or "leaky", or one
// with routes that is "shop" or "leaky shop".
const serviceVariable = "FLEETTEST_SERVICE"

func TestMain(m *testing.M) {
	if kind := os.Getenv(serviceVariable); kind != "" {
		serve(kind)
		return
	}
	os.Exit(m.Run())
}

// serve prints its address and serves until the test that started it closes its
// standard input, or is gone.
func serve(kind string) {
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
	var handler http.Handler = mux
	if strings.HasSuffix(kind, "shop") {
		requests.Shorten(250 * time.Millisecond)
		registry.MustRegister(leakprom.NewCollector(&leakprom.Options{MinInterval: 200 * time.Millisecond}))
		mux.Handle("GET /debug/leaks", leakhttp.Handler(nil))
		open(mux, kind != "shop")
		handler = leakhttp.Requests(mux, nil)
	}
	go http.Serve(l, handler)
	for range 10 {
		go idle()
	}
	if kind == "leaky" {
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

// open has the routes of a shop, one of which leaks in one request of 30.
func open(mux *http.ServeMux, leaky bool) {
	var orders atomic.Int64
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "items") })
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("id")) })
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, _ *http.Request) {
		receipt := make(chan string)
		go func() { receipt <- "paid" }() // order
		if leaky && orders.Add(1)%30 == 0 {
			return // the customer does not want to wait
		}
		fmt.Fprint(w, <-receipt)
	})
}
