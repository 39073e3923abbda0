package report_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
)

// kept are the lines that are not fitted into the width, and why.
var kept = regexp.MustCompile(`^      ignore |^      (at|started) +\S+:\d+$|^       +(created by|goroutine \d|[\w.]+\S*\(|/home)`)

func TestTextWidth(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long name ", 30)
	for _, name := range []string{"fetch", "mixed", "hung"} {
		for _, width := range []int{1, 40, 60, 80, 200} {
			r := reporttest.Recorded(t, name)
			f := &r.Findings[0]
			f.At.Source, f.At.Func, f.Waits, f.Evidence = long, "shop."+strings.Repeat("f", 300), long, long
			r.Subject, r.Remark, r.Notes = long, long, []string{long}
			for line := range strings.Lines(report.Text{Width: width}.String(r)) {
				line = strings.TrimSuffix(line, "\n")
				if !kept.MatchString(line) {
					assert.LessOrEqual(t, utf8.RuneCountInString(line), max(width, 40), "%s at %d: %s", name, width, line)
				}
			}
		}
	}
}

// A wide terminal shows what one without an end does.
func TestTextWidthChangesNothingWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings {
		r := reporttest.Recorded(t, rec.name)
		for _, verbose := range []bool{false, true} {
			assert.Equal(t, report.Text{Verbose: verbose}.String(r), report.Text{Verbose: verbose, Width: 10000}.String(r))
		}
	}
}

// What is to be clicked and pasted stays whole.
func TestTextWidthKeeps(t *testing.T) {
	t.Parallel()
	r := reporttest.Recorded(t, "proven")
	text := report.Text{Width: 40}.String(r)
	for i := range r.Findings {
		assert.Contains(t, text, r.Findings[i].Ignore)
		assert.Contains(t, text, r.Findings[i].At.Position())
	}
	require.Contains(t, text, "\n               ", "something is wrapped")
}
