// Package reporttest has the recorded reports that feed the golden files of every
// format.
package reporttest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// File is the file of a recorded report. A test runs in the folder of its
// package, which is below the root.
func File(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join("internal", "engine", "report", "testdata", "recorded", name+".json")
	for range 8 {
		if _, err := os.Stat(filepath.Dir(file)); err == nil {
			return file
		}
		file = filepath.Join("..", file)
	}
	require.FailNow(t, "the recorded reports are not there")
	return ""
}

// Recorded is the recorded report of this name.
func Recorded(t testing.TB, name string) *report.Report {
	t.Helper()
	f, err := os.Open(File(t, name))
	require.NoError(t, err)
	defer f.Close()
	r, err := report.Decode(f)
	require.NoError(t, err)
	return r
}

// All are the recorded reports by their names.
func All(t testing.TB) map[string]*report.Report {
	t.Helper()
	files, err := filepath.Glob(File(t, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]*report.Report{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		all[name] = Recorded(t, name)
	}
	return all
}

// Many is a report of 100,000 goroutines in 5,000 findings.
func Many(t testing.TB) *report.Report {
	t.Helper()
	r := Recorded(t, "mixed")
	kinds := r.Findings
	r.Findings, r.Total = nil, 100_000
	for i := range 5000 {
		f := kinds[i%len(kinds)]
		f.Count, f.Test, f.At.Func = 20, fmt.Sprintf("Test%d", i), fmt.Sprintf("shop.worker%d", i)
		r.Findings = append(r.Findings, f)
	}
	return r
}

// Format is what every format offers.
type Format interface {
	Write(io.Writer, *report.Report) error
}

// Rendered is a report in a format.
func Rendered(t testing.TB, format Format, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, format.Write(&b, r))
	return b.String()
}
