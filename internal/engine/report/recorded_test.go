package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/render"
)

var record = flag.Bool("record", false, "make the recorded reports from the dumps again")

// recordings are the reports that feed the golden files of every format, here
// and in the packages below. They are made once, so that a better wording of a
// cause changes none of those.
var recordings = []struct {
	name, dump string
	edit       func(*report.Report)
	reason     string
}{
	{"fetch", strings.Repeat(dumpOf("send"), 3), func(r *report.Report) {
		r.Findings[0].At.Source, r.Findings[0].Started.Source = "results <- get(ctx, url) // may block", "go func() {"
	}, "one kind of leak, with source lines"},
	{"mixed", dumpOf("mixed"), func(r *report.Report) {
		r.Remark, r.Notes = "Verify deferred at fetch_test.go:13", []string{"a note"}
	}, "25 kinds, more than are shown in full"},
	{"proven", dumpOf("proven"), nil, "proofs"},
	{"hostile", dumpOf("hostile") + dumpOf("markup"), func(r *report.Report) {
		r.Notes = []string{"<b>note</b>\n::error::note @team #1"}
	}, "text that would like to be something else"},
	{"hung", dumpOf("std"), func(r *report.Report) {
		r.Kind, r.Subject = report.Hung, "TestA and TestB"
		r.Findings[0].Waits = "the mutex 0xc000012340, likely held by goroutine 34"
		r.Findings[1].Rank = 1
	}, "tests that hang, one of which waits for the other"},
	{"left", dumpOf("send"), func(r *report.Report) {
		r.Left = []report.Left{
			{Kind: "file", Number: 7, What: "the file /tmp/TestFetchAll1/001/a.txt, open for writing", Test: "TestFetchAll",
				Evidence: "in a folder of t.TempDir of TestFetchAll", Fix: "close it where it was opened: defer f.Close(), or t.Cleanup",
				Opened: report.Site{Func: "example.com/shop.TestFetchAll", File: "fetch_test.go", Path: "fetch_test.go", Line: 9, Source: "f, err := os.Create(name)"},
				Held:   []string{"the variable shop.log"}, Ignore: `leakcheck.Descriptors("/tmp/TestFetchAll1/001/a.txt")`},
			{Kind: "child", Number: 310, What: "sleep 60", Ended: true, Why: "it ended, and nobody called Wait",
				Fix: "call cmd.Wait after cmd.Start", Ignore: `leakcheck.Children("sleep")`},
		}
	}, "descriptors and child processes"},
	{"tried", dumpOf("send") + dumpOf("proven"), func(r *report.Report) {
		r.Findings[0].Fix = &report.Fix{What: "make(chan result, len(urls))",
			Edits: []report.FileEdit{
				{Path: "shop/fetch.go", Line: 16, Lines: 1, Text: "\tresults := make(chan result, len(urls))\n"},
				{Path: "shop/fetch.go", Line: 30, Lines: 2, Text: "\t\tif r.err != nil { // `429` < 500\n\t\t\treturn\n\t\t}\n"},
				{Path: "shop/my urls.go", Line: 1, Lines: 1, Text: "package shop\n\nconst fence = \"```\"\n"},
			},
			Trial: report.Trial{Passed: true, Runs: 5, Race: true,
				Failed: []report.Tried{{What: "make(chan result, 1)", Why: "the leak is still there"}}}}
		r.Findings[1].Fix = &report.Fix{Trial: report.Trial{Failed: []report.Tried{
			{What: "defer client.Close()", Why: "TestOrder fails with -race"}, {Why: "gen.go: it is generated; change what generates it"}}}}
	}, "changes that were tried"},
}

// dumpOf is a dump in testdata and an empty line.
func dumpOf(name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		return err.Error() // no dump, so the test that parses it fails with this
	}
	return string(text) + "\n"
}

// formats are those of this package.
var formats = []struct {
	name   string
	format reporttest.Format
}{
	{"text", report.Text{}},
	{"verbose.text", report.Text{Verbose: true}},
	{"narrow.text", report.Text{Width: 60}},
	{"color.text", report.Text{Color: true}},
	{"table.text", report.Text{Table: report.Overview{Rows: 20, Others: "-top 0 lists all", Hint: "-details explains each kind"}.Table}},
	{"narrow.table.text", report.Text{Table: report.Overview{Rows: 5, Others: "-top 0 lists all"}.Table, Width: 60}},
	{"json", report.JSON{}},
	{"jsonl", report.JSON{Lines: true}},
	{"md", render.Markdown{}},
	{"html", render.HTML{}},
	{"github", report.GitHub{Dir: "backend"}},
}

// embedded is the style and the script of a page. They are the same on every
// page, whose policy has their hashes, and so the golden files.
var embedded = regexp.MustCompile(`(?s)(<style>|<script>).*?(</style>|</script>)`)

func TestFormatsGolden(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings {
		for _, f := range formats {
			if f.name == "json" {
				continue // the recording itself
			}
			t.Run(rec.name+"."+f.name, func(t *testing.T) {
				t.Parallel()
				got := reporttest.Rendered(t, f.format, reporttest.Recorded(t, rec.name))
				if f.name == "html" {
					got = embedded.ReplaceAllString(got, "$1$2")
				}
				golden.Compare(t, filepath.Join("testdata", "formats", rec.name+"."+f.name), got, rec.reason)
			})
		}
	}
}

// A recording is read and written without a change, and a new one can be made.
func TestRecordings(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings {
		t.Run(rec.name, func(t *testing.T) {
			t.Parallel()
			r := report.Build("TestFetchAll", leaks(t, rec.dump), shop())
			if rec.edit != nil {
				rec.edit(r)
			}
			if *record && drive == "" {
				require.NoError(t, os.WriteFile(reporttest.File(t, rec.name), []byte(reporttest.Rendered(t, report.JSON{}, r)), 0o644))
			}
			old := reporttest.Recorded(t, rec.name)
			text, err := os.ReadFile(reporttest.File(t, rec.name))
			require.NoError(t, err)
			assert.Equal(t, string(text), reporttest.Rendered(t, report.JSON{}, old), rec.reason)
			assert.Equal(t, len(old.Findings), len(r.Findings), "the dump still has as many kinds")
			assert.Equal(t, []int{old.Total, old.Proven}, []int{r.Total, r.Proven})
		})
	}
}

// One line in rows is all it takes to have text, Markdown, HTML and
// annotations say more: what one of them says of a finding, all do.
func TestFormatsSayTheSame(t *testing.T) {
	t.Parallel()
	r := report.Build("TestX", []report.Leak{{Goroutine: leaks(t, dumpOf("send"))[0].Goroutine,
		Owner: owner.Finding{Test: "TestX", Evidence: "the evidence"}}}, &source.Tree{})
	r.Findings[0].Waits = "whom it waits for"
	r.Findings[0].Cause = cause.Cause{ID: "id", Title: "the title", Why: "the reason", Fix: "the remedy"}
	for _, f := range formats {
		if strings.HasSuffix(f.name, "table.text") {
			continue // it says less, so that it fits a screen
		}
		got := reporttest.Rendered(t, f.format, r)
		for _, want := range []string{"the evidence", "whom it waits for", "the title", "the reason", "the remedy", "shop.fetch",
			"shop.FetchAll", "fetch.go:31", "fetch.go:18", "filters.MustParse"} {
			if strings.HasPrefix(f.name, "json") && strings.HasSuffix(want, ".go:18") {
				continue // a file and a line
			}
			if strings.HasPrefix(f.name, "json") && strings.HasSuffix(want, ".go:31") {
				continue
			}
			assert.Contains(t, strings.ReplaceAll(strings.ReplaceAll(got, `\`, ""), "\n               ", " "), want, f.name)
		}
	}
}

func TestFormatsOfNothing(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		for _, r := range []*report.Report{{}, report.Build("", []report.Leak{{}}, shop())} {
			reporttest.Rendered(t, f.format, r)
			require.ErrorIs(t, f.format.Write(brokenWriter{}, report.Build("", []report.Leak{{}}, shop())), os.ErrClosed, f.name)
		}
	}
}
