// Package live checks an entry of the catalogue against the library that it
// names: a test starts the real library, [Check] finds the goroutine in a dump
// of its own process, stops the library, and sees the goroutine end.
//
// With -update it writes the goroutine that it found to filters/testdata,
// where the tests of package filters read it.
package live

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/stackparse"
)

var update = flag.Bool("update", false, "write the goroutines that were found to filters/testdata")

// patience is how long a goroutine may take to appear, and to end beyond the
// time that its entry gives it. It bounds a failure and is never waited out by
// a test that passes.
const patience = 20 * time.Second

// Check holds the entry id against the library that start starts. The function
// that start returns is what the entry's Fix says; it is nil for a goroutine
// that nothing stops.
//
// Checks of one process must not run at the same time: each looks at all
// goroutines of the process.
func Check(t *testing.T, id string, start func(t *testing.T) (fix func())) {
	t.Helper()
	entry := find(t, id)
	checkVersion(t, entry)
	fix := start(t)
	gs := await(t, entry, true, patience)
	for i := range gs {
		require.Equal(t, entry.Class == filters.ClassBenign, filters.IsBenign(&gs[i]), "%s: IsBenign", id)
	}
	if entry.Class == filters.ClassMissingClose {
		explained(t, entry)
	}
	if *update {
		write(t, entry, gs)
	}
	if entry.Class == filters.ClassBenign && fix == nil {
		return
	}
	require.NotNil(t, fix, "%s: a goroutine of this class can be stopped", id)
	require.NotEmpty(t, entry.Fix, "%s: the entry says how", id)
	fix()
	await(t, entry, false, entry.Linger+patience)
}

// explained holds a report on the running library to what the entry says: the
// call that was not made. The standard library's causes say it in their own
// words, and a check leaves out the connections of HTTP that wait for a next
// request, also those of golang.org/x/net, which are made in the same way.
func explained(t *testing.T, entry filters.Entry) {
	t.Helper()
	std, reported := entry.Module == "std" || entry.Module == "golang.org/x/net", false
	r := leakcheck.Find(leakcheck.Wait(0))
	for _, leak := range r.Leaks() {
		if e, ok := filters.Lookup(&leak.Goroutine); !ok || e.ID != entry.ID {
			continue
		}
		reported = true
		require.NotEmpty(t, leak.Fix, entry.ID)
		if !std {
			require.Equal(t, entry.Fix, leak.Fix, entry.ID)
			require.Contains(t, leak.Why, entry.Module, entry.ID)
			require.Contains(t, flat(r.String()), flat(entry.Fix), "%s: the report names the call", entry.ID)
		}
	}
	require.True(t, reported || std, "%s is not in\n%s", entry.ID, r)
}

// flat is text without its line breaks.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func find(t *testing.T, id string) filters.Entry {
	t.Helper()
	for _, e := range filters.Catalogue() {
		if e.ID == id {
			return e
		}
	}
	require.FailNow(t, "the catalogue has no entry "+id)
	return filters.Entry{}
}

// checkVersion holds the entry to the version that go.mod requires. A test
// binary does not know its modules, so go.mod is read: a test runs in the
// folder of its package.
func checkVersion(t *testing.T, entry filters.Entry) {
	t.Helper()
	if entry.Module == "std" {
		return
	}
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(entry.Module) + ` (\S+?)(\+incompatible)?( //.*)?$`)
	m := line.FindStringSubmatch(string(mod))
	require.NotNil(t, m, "go.mod requires %s", entry.Module)
	if entry.Until != "" {
		require.Equal(t, m[1], entry.Until, "%s: Until is the version tested", entry.ID)
		return
	}
	require.Equal(t, m[1], entry.Since, "%s: Since is the version tested", entry.ID)
}

// await dumps until goroutines of entry are there, or gone, and returns them.
func await(t *testing.T, entry filters.Entry, there bool, limit time.Duration) []stackparse.Goroutine {
	t.Helper()
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		all := dump(t)
		var found []stackparse.Goroutine
		for i := range all {
			if e, ok := filters.Lookup(&all[i]); ok && e.ID == entry.ID {
				found = append(found, all[i])
			}
		}
		if (len(found) > 0) == there {
			return found
		}
		if time.Now().After(deadline) {
			var text strings.Builder
			require.NoError(t, stackparse.Write(&text, all))
			require.FailNowf(t, "wrong goroutines", "%s: there must be goroutines: %v\n%s\n%s", entry.ID, there, entry.Match,
				&text)
		}
		time.Sleep(pause)
	}
}

func dump(t *testing.T) []stackparse.Goroutine {
	t.Helper()
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			gs, err := stackparse.Parse(buf[:n])
			require.NoError(t, err)
			return gs
		}
	}
}

// places are the parts of a path that differ from machine to machine.
var places = regexp.MustCompile(`^.*/(pkg/mod/golang\.org/toolchain@[^/]*/src|go/src|pkg/mod|livetest)/`)

// write writes one goroutine for each way to have been started.
func write(t *testing.T, entry filters.Entry, gs []stackparse.Goroutine) {
	t.Helper()
	var kept []stackparse.Goroutine
	seen := map[string]bool{}
	for _, g := range gs {
		key := ""
		if len(g.Frames) > 0 {
			key = g.Frames[len(g.Frames)-1].Func
		}
		if g.Creator != nil {
			key += " " + g.Creator.Func
		}
		if seen[key] || len(kept) == 4 {
			continue
		}
		seen[key] = true
		g.Labels, g.Wait = nil, 0
		for i := range g.Frames {
			g.Frames[i].File = place(g.Frames[i].File)
		}
		if g.Creator != nil {
			g.Creator.File = place(g.Creator.File)
		}
		kept = append(kept, g)
	}
	var text strings.Builder
	require.NoError(t, stackparse.Write(&text, kept))
	_, here, _, _ := runtime.Caller(0)
	name := strings.ReplaceAll(entry.ID, "/", "_") + ".match.txt"
	path := filepath.Join(filepath.Dir(here), "..", "..", "..", "..", "filters", "testdata", name)
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o644))
}

func place(file string) string {
	m := places.FindStringSubmatchIndex(file)
	if m == nil {
		return file
	}
	rest := file[m[1]:]
	switch kind := file[m[2]:m[3]]; {
	case kind == "pkg/mod":
		return "/home/me/go/pkg/mod/" + rest
	case kind == "livetest":
		return "/home/me/livetest/" + rest
	}
	return "/usr/local/go/src/" + rest
}
