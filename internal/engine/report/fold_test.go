package report_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
)

func library(t *testing.T, name string) *report.Report {
	t.Helper()
	return report.Build("TestFetchAll", leaks(t, read(t, name+".txt")), shop())
}

// Every format has the entries, and what is read back has them as well.
func TestFoldInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"library", "library-called", "connection"} {
		r := library(t, name)
		folded := r.Fold()
		require.Less(t, len(folded.Findings), len(r.Findings), "several stacks are one entry")
		var head struct {
			Kinds, Goroutines int
			Findings          []struct {
				Count int
				Parts []struct{ Count int }
			}
		}
		text := reporttest.Rendered(t, report.JSON{}, r)
		require.NoError(t, json.Unmarshal([]byte(text), &head))
		assert.Equal(t, len(folded.Findings), head.Kinds, name)
		assert.Equal(t, r.Total, head.Goroutines, name)
		for i, f := range head.Findings {
			assert.Len(t, f.Parts, len(folded.Findings[i].Parts), name)
			n := 0
			for _, p := range f.Parts {
				n += p.Count
			}
			assert.True(t, len(f.Parts) == 0 || n == f.Count, "%s: an entry counts its parts", name)
		}
		back, err := report.Decode(strings.NewReader(text))
		require.NoError(t, err)
		for _, f := range formats {
			written := reporttest.Rendered(t, f.format, r)
			assert.Equal(t, written, reporttest.Rendered(t, f.format, back), "%s as %s, before and after", name, f.name)
			if !slices.Contains([]string{"text", "md", "github"}, f.name) {
				continue // the others have goroutines as Go prints them
			}
			assert.NotContains(t, written, "!i!b!m", "%s as %s: a module's path is shown as people write it", name, f.name)
		}
	}
}

// Whose line waits decides whom the advice is for.
func TestFoldAdvice(t *testing.T) {
	t.Parallel()
	for _, f := range library(t, "library").Fold().Findings {
		if f.Module == "" {
			assert.NotEmpty(t, f.At.Path, "the user's own code stands alone")
			continue
		}
		assert.Equal(t, "library", f.Cause.ID)
		assert.Empty(t, f.Cause.Lint, "no checker of the user's source can find it")
		for _, p := range f.Parts {
			assert.NotContains(t, p.Cause.Fix, "chan", "no advice on the library's channels")
			assert.Empty(t, p.Cause.Lint)
		}
	}
}

func TestFoldIsDoneOnce(t *testing.T) {
	t.Parallel()
	r := library(t, "library")
	before := reporttest.Rendered(t, report.JSON{}, r)
	once := r.Fold()
	assert.Len(t, once.Fold().Findings, len(once.Findings))
	assert.Equal(t, before, reporttest.Rendered(t, report.JSON{}, once))
	n := 0
	for i := range once.Findings {
		n += len(once.Findings[i].Leaves())
	}
	assert.Len(t, r.Findings, n, "no stack is lost, and the report that was folded is as it was")
	assert.Empty(t, (&report.Report{}).Fold().Findings)
}

// Two kinds that wait in one function, as both sides of a gRPC connection do, are
// one place in the line that names the stacks.
func TestFoldNamesAPlaceOnce(t *testing.T) {
	t.Parallel()
	r := library(t, "library-called").Fold()
	i := slices.IndexFunc(r.Findings, func(f report.Finding) bool { return len(f.Parts) > 1 })
	require.GreaterOrEqual(t, i, 0)
	f := &r.Findings[i]
	twin := f.Parts[1]
	twin.Count = 3
	f.Parts = append(f.Parts, twin)
	name := report.ShortName(twin.At.Func)
	text := reporttest.Rendered(t, report.Text{}, r)
	assert.Contains(t, text, "stacks   4 in "+name+", 1 in ")
	assert.Equal(t, 1, strings.Count(text, " in "+name))
}

// Who is outside of an entry can help; that its goroutines refer to each other says
// nothing.
func TestFoldNamesHoldersOutside(t *testing.T) {
	t.Parallel()
	all := leaks(t, read(t, "connection.txt"))
	for i := range all {
		for k := range all { // each holds what all wait for
			all[i].Memory.Held = append(all[i].Memory.Held, fmt.Sprintf("goroutine %d net/http.serve", all[k].Goroutine.ID))
		}
		all[i].Memory.Held = append(all[i].Memory.Held, "the variable shop.client")
	}
	for _, f := range report.Build("", all, shop()).Fold().Findings {
		if len(f.Parts) != 2 {
			continue
		}
		assert.Contains(t, f.Held, "the variable shop.client")
		for _, id := range f.IDs {
			assert.NotContains(t, f.Held, fmt.Sprintf("goroutine %d net/http.serve", id))
		}
	}
}

// A profile has neither creators nor ids: both goroutines of a connection are one
// entry there, too.
func TestFoldOfAProfile(t *testing.T) {
	t.Parallel()
	all := leaks(t, read(t, "connection.txt"))
	for i := range all {
		all[i].Goroutine.ID, all[i].Goroutine.Creator, all[i].Goroutine.Ancestors = 0, nil, nil
	}
	folded := report.Build("", all, shop()).Fold()
	pairs := 0
	for i := range folded.Findings {
		if f := &folded.Findings[i]; len(f.Parts) == 2 {
			pairs++
			assert.Equal(t, f.Count, f.Parts[0].Count+f.Parts[1].Count)
		}
	}
	assert.Equal(t, 2, pairs, "of a client and of a server")
}
