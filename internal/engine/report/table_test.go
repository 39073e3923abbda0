package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// kinds is a report of n kinds of a dump, which knows nothing of them but where
// they are.
func kinds(n int) *report.Report {
	r := &report.Report{Kind: report.Dumped, Subject: "dump.txt"}
	for i := range n {
		f := report.Finding{Count: n - i, Cause: cause.Cause{ID: "chan-send", Title: "blocked sending on a channel"},
			At: report.Site{Func: fmt.Sprintf("example.com/shop.(*Shop).Serve%d", i), File: "shop.go", Line: 10 + i}, Graded: cause.Blocked}
		f.Example.State = "chan send"
		r.Findings = append(r.Findings, f)
		r.Total += f.Count
	}
	return r
}

// A column is there where one kind has something to say in it.
func TestTableColumns(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 15, 3, 0, 0, time.UTC)
	for _, tt := range []struct {
		column, want string
		edit         func(f *report.Finding)
		reason       string
	}{
		{report.ColumnTrend, "+300", func(f *report.Finding) { f.Numbers = []int64{10, 200, 310} }, "samples"},
		{report.ColumnTrend, "", func(f *report.Finding) { f.Numbers = []int64{310} }, "one number is no trend"},
		{report.ColumnTrend, "+2 each run", func(f *report.Finding) { f.Growth = report.NewGrowth([]int{1, 3}, []int{2, 6}) }, "runs of a test"},
		{report.ColumnTrend, "290 more than its peers", func(f *report.Finding) { f.Basis = "290 more than its peers" }, "a fleet"},
		{report.ColumnAge, "100 min", func(f *report.Finding) { f.MaxWait = 100 }, "a dump"},
		{report.ColumnAge, "3 h", func(f *report.Finding) { f.Since = "2026-11-24T12:03:00Z" }, "a service"},
		{report.ColumnAge, "20 days", func(f *report.Finding) { f.Since = "2026-11-04T12:03:00Z" }, "a service that is up for long"},
		{report.ColumnAge, "under 1 min", func(f *report.Finding) { f.Since = "2026-11-24T15:02:59Z" }, "or just started"},
		{report.ColumnAge, "since never", func(f *report.Finding) { f.Since = "never" }, "no time at all"},
		{report.ColumnWeight, "1.5 MB", func(f *report.Finding) { f.Keeps = 3 << 19 }, "a heap dump"},
		{report.ColumnWeight, "", func(f *report.Finding) { f.Keeps = 4096 }, "only its stack"},
		{report.ColumnSpread, "3 of 20", func(f *report.Finding) { f.Files = report.Files{In: 3, Of: 20} }, "several dumps"},
		{report.ColumnRoute, "POST /orders and 1 other", func(f *report.Finding) { f.Routes = []string{"POST /orders", "/items"} }, "requests"},
		{report.ColumnTest, "TestA", func(f *report.Finding) { f.Test = "TestA" }, "a test"},
		{report.ColumnGrade, "1 proven", func(f *report.Finding) { f.Proven, f.Count = 1, 2 }, "one of two"},
		{report.ColumnGrade, "crashed", func(f *report.Finding) { f.Crash = true }, "a crash"},
		{report.ColumnGrade, "usual", func(f *report.Finding) { f.Example.State = "IO wait" }, "what all services have"},
	} {
		r := kinds(2)
		tt.edit(&r.Findings[1])
		table := report.NewTable(r, 0, now)
		require.Len(t, table.Lines, 2)
		assert.Equal(t, tt.want, table.Lines[1].Cell(tt.column), tt.reason)
		if tt.want == "" {
			assert.NotContains(t, table.Columns, tt.column, tt.reason)
			continue
		}
		assert.Contains(t, table.Columns, tt.column, tt.reason)
	}
	assert.Equal(t, []string{report.ColumnCount, report.ColumnGrade, report.ColumnKind, report.ColumnWhere}, report.NewTable(kinds(3), 0, now).Columns)
}

// However many kinds there are, the table fits a screen and says what it leaves out.
func TestTableIsBounded(t *testing.T) {
	t.Parallel()
	r := kinds(5000)
	table := report.NewTable(r, 20, time.Time{})
	assert.Len(t, table.Lines, 20)
	golden.Words(t, "the rest", table.More)
	for _, width := range []int{0, 40, 60, 80, 120} {
		got := report.Text{Table: report.Overview{Rows: 20, Others: "-top 0 lists all"}.Table, Width: width}.String(r)
		assert.Less(t, strings.Count(got, "\n"), 60)
		assert.Contains(t, strings.Join(strings.Fields(got), " "), "and "+table.More+"; -top 0 lists all")
		for line := range strings.Lines(got) {
			assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), max(width, 200*(1-min(width, 1))), "%d: %s", width, line)
		}
	}
}

// What is longer than a column gives way, the line of code does not.
func TestTableFitsATerminal(t *testing.T) {
	t.Parallel()
	r := kinds(4)
	long := strings.Repeat("VeryLong", 40)
	f := &r.Findings[0]
	f.Cause.Title, f.At.Func, f.Routes, f.Numbers = long, "example.com/"+long+".F", []string{"GET /" + long}, []int64{1, 5, 9}
	f.At.File = "/home/someone/src/example.com/shop/internal/orders/handlers/orders.go"
	got := report.Text{Table: report.Overview{Rows: 20}.Table, Width: 80}.String(r)
	for line := range strings.Lines(got) {
		assert.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, line)
	}
	assert.Contains(t, got, "…/handlers/orders.go:10")
	assert.Contains(t, got, "▁▅█ +8")
	assert.Contains(t, got, "shop.go:13")
}
