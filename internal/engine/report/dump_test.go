package report_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// dumped is the report on a dump.
func dumped(t testing.TB, text string, by stackparse.Similarity) *report.Report {
	t.Helper()
	gs, err := stackparse.Parse([]byte(text))
	require.NoError(t, err)
	groups := stackparse.Group(gs, by)
	leaks := make([]report.Leak, len(groups))
	for n := range groups {
		leaks[n] = report.Leak{Goroutine: *groups[n].Goroutine, Group: &groups[n]}
		for i := range gs {
			if groups[n].Goroutine == &gs[i] {
				leaks[n].Place = i
			}
		}
	}
	return ofDump("dump.txt", leaks, gs)
}

func ofDump(subject string, leaks []report.Leak, gs []stackparse.Goroutine) *report.Report {
	return report.Input{Kind: report.Dumped, Subject: subject, Leaks: leaks, Known: cause.NewClassifier(gs, shop()),
		Tree: shop(), Leave: report.ByFlag, Graded: true}.Build()
}

func inState(id int, state, fn string) string {
	return fmt.Sprintf("goroutine %d [%s]:\n%s(...)\n\t/home/me/shop/%s.go:9 +0x1d\ncreated by shop.Start in goroutine 1\n\t/home/me/shop/start.go:7 +0x2e\n\n",
		id, state, fn, strings.TrimPrefix(fn, "shop."))
}

// What is surer comes first, and the usual last, whatever there is most of.
func TestDumpGrades(t *testing.T) {
	t.Parallel()
	text := inState(2, "IO wait, 50 minutes", "shop.accept") + inState(3, "IO wait, 50 minutes", "shop.accept") +
		inState(4, "select", "shop.loop") + inState(5, "select", "shop.loop") +
		inState(6, "chan send, 3 minutes", "shop.send") + inState(7, "chan send, 200 minutes", "shop.send") +
		inState(8, "chan receive (leaked)", "shop.recv") + inState(9, "sleep", "shop.poll") +
		inState(10, "chan send, 7000 minutes", "shop.put") + inState(11, "chan send", "shop.put")
	r := dumped(t, text, stackparse.SameLines)
	var got, grades []string
	for i := range r.Findings {
		f := &r.Findings[i]
		got = append(got, fmt.Sprintf("%s: suspect %t", f.At.Func, f.Suspect()))
		grades = append(grades, f.Grade())
	}
	assert.Equal(t, []string{"shop.recv: suspect true", "shop.put: suspect true", "shop.send: suspect true",
		"shop.loop: suspect false", "shop.accept: suspect false", "shop.poll: suspect false"}, got)
	golden.Words(t, "grades", grades)
	golden.Words(t, "summary", r.Summary())

	out := reporttest.Rendered(t, report.Text{}, r)
	assert.Contains(t, out, `ignore   -filter '!(created-by:"shop.Start")'`)
	_, loop, _ := strings.Cut(out, "shop.loop")
	_, loop, _ = strings.Cut(loop, "cause ")
	golden.Words(t, "nothing is known to be wrong", strings.TrimSpace(strings.SplitN(loop, "\n", 2)[0]))
	assert.NotContains(t, out[strings.Index(out, "shop.accept"):], "cause", "waiting for input needs no cure")

	top := r.Top(2)
	golden.Words(t, "left out", top.Notes)
	assert.Contains(t, top.Summary(), "10 goroutines", "the sum is of all")
	assert.Empty(t, r.Notes, "the report stays as it is")
}

func TestDumpAges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		waits []int
		want  string
	}{
		{[]int{5}, "5 minutes"},
		{[]int{5, 47}, "5 to 47 minutes"},
		{[]int{1, 47}, "1 to 47 minutes"},
		{[]int{130, 600}, "2 to 10 hours"},
		{[]int{100, 600}, "100 minutes to 10 hours"},
	} {
		text := ""
		for i, n := range tt.waits {
			text += inState(i+2, fmt.Sprintf("chan send, %d minutes", n), "shop.send")
		}
		r := dumped(t, text, stackparse.SameLines)
		assert.Equal(t, cause.Old, r.Findings[0].Graded)
		_, ages, _ := strings.Cut(r.Findings[0].Grade(), " for ")
		assert.Equal(t, tt.want, ages)
	}
}

// Goroutines that one go statement started may do different things by now.
func TestDumpByCreator(t *testing.T) {
	t.Parallel()
	r := dumped(t, inState(2, "chan send", "shop.send")+inState(3, "select", "shop.loop"), stackparse.SameCreator)
	require.Len(t, r.Findings, 1)
	golden.Words(t, "title", r.Findings[0].Title())
}

// A profile may hold any number.
func TestDumpHostileCounts(t *testing.T) {
	t.Parallel()
	g := &stackparse.Goroutine{State: "select", Frames: []stackparse.Frame{{Func: "shop.f'; rm -rf"}}, Creator: &stackparse.Creator{Func: "shop.f'x"}}
	var leaks []report.Leak
	for _, group := range []stackparse.Grouped{
		{Count: math.MaxInt64, Leaked: math.MaxInt64, Goroutine: g, State: "select"},
		{Count: math.MaxInt64, Goroutine: g, State: "select", MaxWait: math.MaxInt64 * time.Nanosecond},
		{Count: -3, Goroutine: g, State: "select"},
	} {
		leaks = append(leaks, report.Leak{Goroutine: *g, Group: &group})
	}
	r := ofDump("p", leaks, []stackparse.Goroutine{*g})
	assert.Len(t, r.Findings, 2, "what has gone is not there")
	assert.Equal(t, math.MaxInt32, r.Total)
	for i := range r.Findings {
		assert.Empty(t, r.Findings[i].Ignore, "a quote would end the word for a shell")
	}
	for _, f := range formats {
		reporttest.Rendered(t, f.format, r)
	}
}
