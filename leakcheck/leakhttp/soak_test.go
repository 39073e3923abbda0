package leakhttp_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// Thousands of requests, jobs and dumps, with somebody who looks all the time,
// leave no goroutine behind and no file open.
func TestSoak(t *testing.T) {
	t.Parallel()
	leakcheck.Verify(t)
	dir := t.TempDir()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /soak/{id}", func(_ http.ResponseWriter, r *http.Request) {
		_, done := leakcheck.Track(r.Context(), "job", "soak")
		defer done()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {})
		}
		both.Wait()
	})
	mux.Handle("GET /debug/leaks", leakhttp.Handler(&leakhttp.Options{MinInterval: time.Nanosecond,
		Authorize: func(*http.Request) bool { return true }}))
	h := leakhttp.Requests(mux, nil)
	dumper := leakhttp.NewDumper(filepath.Join(dir, "dumps"), &leakhttp.DumperOptions{Every: time.Millisecond, Step: 1, WarmUp: -1,
		MinInterval: time.Nanosecond, Keep: 3, Signals: []os.Signal{}, Summary: filepath.Join(dir, "summary"),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	var watchers, clients sync.WaitGroup
	watchers.Go(func() { dumper.Run(ctx) })
	for range 8 {
		clients.Go(func() {
			for i := range 300 {
				path := "/soak/17"
				if i%60 == 0 {
					path = "/debug/leaks"
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, nil))
				assert.Contains(t, []int{http.StatusOK, http.StatusServiceUnavailable}, w.Code)
			}
		})
	}
	clients.Wait()
	_, err := dumper.Dump(ctx)
	assert.NoError(t, err)
	cancel()
	watchers.Wait()
	files, err := os.ReadDir(filepath.Join(dir, "dumps"))
	assert.NoError(t, err)
	assert.LessOrEqual(t, len(files), 6, "old dumps are removed")
}
