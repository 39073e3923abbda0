package ratchet

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// testRatchet returns a ratchet of package shop whose file knows entries, and
// which expects reps repetitions.
func testRatchet(t *testing.T, name string, reps int, entries ...baseline.Entry) *Ratchet {
	t.Helper()
	r := newRatchet(name, filepath.Join(t.TempDir(), "leaks.json"), "shop")
	r.reps = func() int { return reps }
	require.NoError(t, baseline.Save(r.path, baseline.Baseline{Entries: entries}))
	return r
}

func knows(pkg string, key baseline.Key, count int) baseline.Entry {
	return baseline.Entry{Leak: baseline.Leak{Package: pkg, Key: key, Count: count, Test: "TestKnown"}, Since: "2001-02-03"}
}

// leaves is a leak of a test with the key "a".
func leaves(test string, n int) []baseline.Leak {
	return []baseline.Leak{{Key: "a", Count: n, Test: test, Summary: "stuck"}}
}

// The bound is one for all tests of a repetition, and what exceeds it counts
// against one test only.
func TestRatchetAdmit(t *testing.T) {
	t.Parallel()
	r := testRatchet(t, "leaks.json", 2, knows("", "a", 3))
	for _, tt := range []struct {
		test   string
		n      int
		in     Round
		passes bool
		reason string
	}{
		{"TestA", 2, 0, true, "within the bound"},
		{"TestB", 2, 0, false, "above it with those of TestA"},
		{"TestC", 1, 0, true, "those that failed TestB are not held against it"},
		{"TestD", 1, 0, false, "now it is used up"},
		{"TestA", 3, 1, true, "the next repetition starts from zero"},
		{"", 1, AtEnd, false, "what the tests had was the most"},
		{"", 3, Alone, true, "Find counts for itself"},
		{"", 3, Alone, true, "each time"},
		{"", 4, Alone, false, "it, too, has a bound"},
	} {
		passes, notes := r.Admit(leaves(tt.test, tt.n), tt.in)
		assert.Equal(t, tt.passes, passes["a"], "%s: %s", tt.test, tt.reason)
		assert.Equal(t, tt.passes, len(notes) == 0, "%s: %s", tt.test, notes)
	}
	passes, notes := r.Admit([]baseline.Leak{{Key: "b", Count: 1}}, 0)
	assert.Empty(t, passes, "a stack that the file does not know")
	assert.Len(t, notes, 1, "and how to have it known")
	assert.Equal(t, 3, r.total("a", AtEnd))
}

// The check at the end sees what all repetitions left together.
func TestRatchetDividesTheEnd(t *testing.T) {
	t.Parallel()
	r := testRatchet(t, "leaks.json", 3, knows("", "a", 2))
	passes, _ := r.Admit(leaves("TestA", 1), 0)
	assert.True(t, passes["a"])
	passes, _ = r.Admit(leaves("", 3), AtEnd)
	assert.True(t, passes["a"], "one by a test, and one left in each repetition")
	assert.Equal(t, 2, r.total("a", AtEnd))
	passes, _ = r.Admit(leaves("", 1), AtEnd)
	assert.False(t, passes["a"])
}

func TestRatchetRounds(t *testing.T) {
	t.Parallel()
	r := testRatchet(t, "leaks.json", 1)
	assert.Equal(t, Round(0), r.Begin("TestA", 7))
	assert.Equal(t, Round(0), r.Begin("TestA", 7), "a second Verify in the same test")
	assert.Equal(t, Round(0), r.Begin("TestB", 8))
	assert.Equal(t, Round(1), r.Begin("TestA", 9))
}

// What is found is written in the name of those whom the file belongs to.
func TestRatchetPackages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		entry  baseline.Entry
		want   string
		judged bool
		reason string
	}{
		{"testdata/leaks.json", knows("", "b", 1), "", false, "a file in the package's folder needs no names"},
		{"testdata/leaks.json", knows("", "a", 1), "", true, "its entries do not either"},
		{"testdata/leaks.json", knows("shop", "a", 1), "shop", true, "but one that has a name keeps it"},
		{"testdata/leaks.json", knows("cart", "a", 1), "", false, "another package reads the file as its own"},
		{"../leaks.json", knows("", "b", 1), "shop", false, "a file outside belongs to many"},
		{"../leaks.json", knows("", "a", 1), "", false, "an entry for all of them is not one's own to judge"},
		{"../leaks.json", knows("shop", "a", 1), "shop", true, "a package's own entry is"},
	} {
		r := testRatchet(t, tt.name, 1, tt.entry)
		_, _ = r.Admit(leaves("TestA", 1), 0)
		b, err := r.load()
		require.NoError(t, err)
		found := r.found(b)
		require.Len(t, found, 1)
		assert.Equal(t, baseline.Leak{Package: tt.want, Key: "a"}, baseline.Leak{Package: found[0].Package, Key: found[0].Key}, tt.reason)
		if tt.entry.Key == "a" {
			assert.Equal(t, tt.judged, r.judged(tt.entry), tt.reason)
		}
	}
}

func TestRatchetSkipped(t *testing.T) {
	t.Parallel()
	r := testRatchet(t, "leaks.json", 1)
	e := knows("", "a", 1)
	assert.True(t, r.judged(e))
	r.Skip("TestKnownBetter")
	assert.True(t, r.judged(e), "another test")
	r.Skip("TestKnown")
	assert.False(t, r.judged(e))
	e.Test = "TestKnown/sub"
	assert.False(t, r.judged(e), "a subtest of it")
}

// Parallel tests count and write at the same time.
func TestRatchetParallel(t *testing.T) {
	t.Parallel()
	const tests = 16
	r := testRatchet(t, "leaks.json", 1, knows("", "a", tests/2))
	var wg sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for i := range tests {
		wg.Go(func() {
			name := fmt.Sprint("Test", i)
			in := r.Begin(name, int64(i+1))
			if passes, _ := r.Admit(leaves(name, 1), in); passes["a"] {
				mu.Lock()
				passed++
				mu.Unlock()
			}
			assert.NoError(t, r.update(none))
		})
	}
	wg.Wait()
	assert.Equal(t, tests/2, passed, "as many as are known, whichever they are")
	b, err := r.read()
	require.NoError(t, err)
	assert.Equal(t, []baseline.Entry{{
		Leak:  baseline.Leak{Key: "a", Count: tests / 2, Test: "TestKnown", Summary: "stuck"},
		Since: "2001-02-03",
	}}, b.Entries, "what did not pass is not let pass from now on")
}

// The file is read once, and names itself as it was given.
func TestRatchetFile(t *testing.T) {
	t.Parallel()
	r := testRatchet(t, "testdata/leaks.json", 1)
	require.NoError(t, r.Problem())
	require.NoError(t, os.Remove(r.path))
	require.NoError(t, r.Problem(), "tests must not depend on when they begin")

	r = testRatchet(t, "testdata/leaks.json", 1)
	require.NoError(t, os.WriteFile(r.path, []byte("\n\n}"), 0o644))
	assert.ErrorContains(t, r.Problem(), "testdata/leaks.json:3: ")
}

func TestStaleIsBounded(t *testing.T) {
	t.Parallel()
	var many []baseline.Entry
	for i := range 100 {
		many = append(many, knows("", baseline.Key(fmt.Sprintf("shop.F%02d\ncreated by shop.\x1bG", i)), 1))
	}
	r := testRatchet(t, "leaks.json", 1, many...)
	b, err := r.load()
	require.NoError(t, err)
	lines := r.stale(b)
	assert.Len(t, lines, maxStale+2)
	golden.Words(t, "the first", lines[0])
	assert.Equal(t, "leaks.json: and 80 more", lines[maxStale])
	golden.Words(t, "without a reason", r.reasonless(b))
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	g := stackparse.Goroutine{
		Frames:  []stackparse.Frame{{Func: "internal/poll.(*FD).Read"}, {Func: "shop.F.func2"}},
		Creator: &stackparse.Creator{Func: "shop.F"},
	}
	assert.Equal(t, baseline.Key("shop.F.func\ncreated by shop.F"), KeyOf(&g))
	g.Creator = nil
	assert.Equal(t, baseline.Key("shop.F.func"), KeyOf(&g))
	assert.Equal(t, "github.com/leakcheck-go/goroutine/internal/engine/ratchet", testbin.Package())
}
