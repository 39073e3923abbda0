package leakhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// BenchmarkUnderLoad has 50 connections ask a service for work as fast as it
// goes, and reports their rate while another one asks for the page a hundred
// times a second, as a ratio to the rate without that one. other-ratio is the same
// with one that asks for work instead.
//
//	go test -run '^$' -bench UnderLoad -benchtime 1x ./leakcheck/leakhttp
func BenchmarkUnderLoad(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("/work", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "done") })
	mux.Handle("/debug/leaks", leakhttp.Handler(nil))
	server := httptest.NewServer(mux)
	defer server.Close()
	for b.Loop() {
		alone := rate(b, server.URL, "")
		other := rate(b, server.URL, "/work")
		looks := rate(b, server.URL, "/debug/leaks?format=text")
		b.ReportMetric(looks/alone, "rate-ratio")
		b.ReportMetric(other/alone, "other-ratio")
	}
}

// rate is how many requests for work a second are answered to 50 connections,
// while another connection asks for path every ten milliseconds.
func rate(b *testing.B, url, path string) float64 {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 60}}
	defer client.CloseIdleConnections()
	get := func(path string) {
		resp, err := client.Get(url + path)
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			b.Error(resp.Status)
		}
	}
	var answered atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for !stop.Load() {
				get("/work")
				answered.Add(1)
			}
		})
	}
	if path != "" {
		wg.Go(func() {
			for !stop.Load() {
				get(path)
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	const length = 2 * time.Second
	time.Sleep(length)
	stop.Store(true)
	wg.Wait()
	return float64(answered.Load()) / length.Seconds()
}
