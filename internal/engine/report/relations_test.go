package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What a test that hangs waits for comes before it, and before what else the
// process does.
func TestRootBeforeHungTest(t *testing.T) {
	t.Parallel()
	const place = "\n\t/home/me/shop/shop.go:7 +0x1\n"
	gs, err := stackparse.Parse([]byte("goroutine 7 [sync.WaitGroup.Wait]:\nsync.(*WaitGroup).Wait(0x1)" + place +
		"net/http/httptest.(*Server).Close(0x1)" + place + "shop.TestClose(0x1)" + place + "\n" +
		"goroutine 8 [select]:\nshop.tick(0x1)" + place + "created by shop.Start in goroutine 7" + place + "\n" +
		"goroutine 9 [chan receive]:\nshop.handle(0x1)" + place + "net/http.serverHandler.ServeHTTP(0x1)" + place +
		"created by net/http.(*Server).Serve in goroutine 8" + place))
	require.NoError(t, err)
	var leaks []report.Leak
	for i, g := range gs {
		leaks = append(leaks, report.Leak{Goroutine: g, Test: i == 0, Rank: min(i, 1)})
	}
	var causes []string
	var on []int64
	for _, f := range report.Build("TestClose", leaks, &source.Tree{}).Findings {
		causes, on = append(causes, f.Cause.ID), append(on, f.On)
	}
	assert.Equal(t, []int64{0, 9, 0}, on, "Close waits for the handler")
	assert.Equal(t, []string{"http-handler-stuck", "httptest-close", "select-no-exit"}, causes)
	assert.Equal(t, 1, leaks[2].Rank, "the leaks are the caller's")
}

// A few goroutines of the everyday kinds get no reason in a dump; one that has
// crashed the process is none of these.
func TestCrashGetsReason(t *testing.T) {
	t.Parallel()
	for fn, want := range map[string]bool{"testing.(*common).log": true, "shop.work": false} {
		g := stackparse.Goroutine{ID: 7, State: "running", Frames: []stackparse.Frame{{Func: fn}, {Func: "shop.run"}}}
		r := report.Input{Kind: report.Dumped, Graded: true, Leaks: []report.Leak{{Goroutine: g, Graded: cause.Running}}, Tree: &source.Tree{}, Few: 10}.Build()
		assert.Equal(t, want, r.Findings[0].Suspect(), fn)
		assert.NotContains(t, report.Text{}.String(r), "merely blocked", fn)
		assert.Equal(t, want, strings.Contains(report.Text{}.String(r), "fix "), fn)
	}
}
