package leakhttp_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// pool waits at a line that no other goroutine of the tests waits at.
func pool(stop chan struct{}) { <-stop }

// late is as pool is.
func late(stop chan struct{}) { <-stop }

// What is called normal falls below what has come since, until it is forgotten.
func TestNormal(t *testing.T) {
	// Not parallel: other tests have goroutines at places that are not there later.
	// In a bubble, as a look takes no time there: one that took long is kept for a
	// while.
	synctest.Test(t, testNormal)
}

func testNormal(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	start := func(n int, fn func(chan struct{})) {
		for range n {
			go fn(stop)
		}
		synctest.Wait()
	}
	h := leakhttp.Handler(&leakhttp.Options{MinInterval: time.Nanosecond})
	post := func(query string, headers ...string) *httptest.ResponseRecorder {
		r := request(http.MethodPost, headers...)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	find := func(fn string) (report.Finding, int) {
		time.Sleep(time.Millisecond) // the last look is too old
		r, err := report.Decode(get(t, h, "format=json").Body)
		require.NoError(t, err)
		i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return f.At.Func == thisPackage+fn })
		if i < 0 {
			return report.Finding{}, i
		}
		return r.Findings[i], i
	}
	start(40, pool)
	f, _ := find("pool")
	assert.Equal(t, 40, f.Count)
	page := get(t, h, "format=html").Body.String()
	assert.Contains(t, page, `<form class="act" method="post" action="?normal=1"><button>This is normal</button>`)
	assert.NotContains(t, page, `action="?normal=0"`)

	for _, header := range []string{"Remote: 10.0.0.1:40000", "Sec-Fetch-Site: cross-site", "Origin: http://evil.example"} {
		assert.Equal(t, http.StatusForbidden, post("normal=1", header).Code, "who may not see the page changes nothing: %s", header)
	}
	f, _ = find("pool")
	assert.False(t, f.Normal)

	w := post("normal=1&format=html&full=1")
	assert.Equal(t, http.StatusSeeOther, w.Code)
	assert.Equal(t, "?full=1", w.Header().Get("Location"))
	start(12, late)
	f, low := find("pool")
	assert.True(t, f.Normal)
	assert.Contains(t, f.Grade(), "as normal: 40 at ")
	f, high := find("late")
	assert.False(t, f.Normal)
	assert.Equal(t, 12, f.Count)
	assert.Regexp(t, `^new since .* normal\b`, f.Trend)
	assert.Less(t, high, low, "what is new comes first, few as they are")
	text := get(t, h, "format=text").Body.String()
	assert.Contains(t, text, "leakhttp_test.late")
	assert.NotContains(t, text, "leakhttp_test.pool")
	assert.Regexp(t, `normal: \d+ kinds? \w+ \d+ goroutines, .*verbose=1`, text)
	assert.Contains(t, get(t, h, "format=text&verbose=1").Body.String(), "leakhttp_test.pool")
	assert.Contains(t, get(t, h, "format=html").Body.String(), `action="?normal=0"><button>Forget`)

	assert.Equal(t, http.StatusOK, post("normal=0&format=json").Code)
	f, _ = find("late")
	assert.NotContains(t, f.Trend, "normal")
}
