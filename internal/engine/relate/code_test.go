package relate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// TestRecordedWithSource reads the dumps with the program that made them at
// hand.
func TestRecordedWithSource(t *testing.T) {
	t.Parallel()
	dumps, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.Len(t, dumps, 4, "two releases, each with and without -race")
	here, err := filepath.Abs("testdata/program")
	require.NoError(t, err)
	for _, file := range dumps {
		dump, err := os.ReadFile(file)
		require.NoError(t, err)
		got := waits(parse(t, strings.ReplaceAll(string(dump), "/home/me/program", filepath.ToSlash(here))), &source.Tree{GoRoot: "/usr/local/go/src/"})
		golden.Compare(t, strings.TrimSuffix(file, ".txt")+"-source.golden", got)
	}
}

// ids is how a goroutine's id stands before its function in what waits prints.
var ids = regexp.MustCompile(`\b\d+ (\(\*|[a-z]+(Arg)?[ .:\n])`)

// lines returns the lines of what waits prints, sorted and without ids. A
// circle begins nowhere, so that its members are sorted as well.
func lines(text string) []string {
	out := strings.Split(ids.ReplaceAllString(text, "$1"), "\n")
	for i, line := range out {
		if head, circle, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(head, "circle") {
			members := strings.Fields(circle)
			slices.Sort(members)
			out[i] = head + ": " + strings.Join(members, " ")
		}
	}
	slices.Sort(out)
	return out
}

// TestLive runs the program with the Go release of this test and finds the
// same as in the recorded dumps, except for the ids.
func TestLive(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "run", "testdata/program/main.go")
	var problems strings.Builder
	cmd.Stderr = &problems
	dump, err := cmd.Output()
	require.NoError(t, err, problems.String())
	golden, err := os.ReadFile("testdata/go1.26-source.golden")
	require.NoError(t, err)
	got := waits(parse(t, string(dump)), source.Here())
	assert.Equal(t, lines(string(golden)), lines(got), "%s", got)
}

// fakeCode says of functions what their source would.
type fakeCode struct {
	held   map[string][]source.Lock
	wanted map[string]source.Lock
	chain  bool // calls are on the receiver
}

func (c fakeCode) Held(f *stackparse.Frame) ([]source.Lock, bool) {
	return c.held[f.Func], strings.HasPrefix(f.Func, "main.")
}

func (c fakeCode) Wanted(f *stackparse.Frame) (source.Lock, bool) {
	l, ok := c.wanted[f.Func]
	return l, ok
}

func (c fakeCode) OnReceiver(*stackparse.Frame, string) bool { return c.chain }

// TestOneNameManyObjects is about locks that are fields: the objects of a type
// share their name.
func TestOneNameManyObjects(t *testing.T) {
	t.Parallel()
	mu := source.Lock{Name: "main.(*account).mu", Path: "a.mu", Field: true, First: true}
	other := mu
	other.Path, other.First = "b.mu", false
	lockSlow := "internal/sync.(*Mutex).lockSlow(0xc000012348)"
	for _, tt := range []struct {
		code   fakeCode
		gs     []stackparse.Goroutine
		want   string
		reason string
	}{
		{
			fakeCode{map[string][]source.Lock{"main.transfer": {mu}}, map[string]source.Lock{"main.transfer": other}, false},
			[]stackparse.Goroutine{goroutine(1, "sync.Mutex.Lock", lockSlow, "main.transfer(0x0?, 0x0?)")},
			"", "a function locks two objects, one after the other",
		}, {
			fakeCode{map[string][]source.Lock{"main.total": {mu}}, map[string]source.Lock{"main.get": mu}, true},
			[]stackparse.Goroutine{goroutine(1, "sync.Mutex.Lock", lockSlow, "main.get(0x0?)", "main.total(0x0?)")},
			"likely 1 get: it locked it earlier in its code", "a method calls another on the same object",
		}, {
			fakeCode{map[string][]source.Lock{"main.total": {mu}}, map[string]source.Lock{"main.get": mu}, false},
			[]stackparse.Goroutine{goroutine(1, "sync.Mutex.Lock", lockSlow, "main.get(0x0?)", "main.total(0x0?)")},
			"perhaps 1 get: it locked it earlier in its code", "a method calls another on an object that may be another",
		}, {
			fakeCode{map[string][]source.Lock{"main.total": {mu}}, map[string]source.Lock{"main.get": mu}, false},
			[]stackparse.Goroutine{goroutine(1, "sync.Mutex.Lock", lockSlow, "main.get(0xc000012340)", "main.total(0xc000099990)")},
			"", "the addresses say that it is another",
		}, {
			fakeCode{map[string][]source.Lock{"main.load": {mu}}, map[string]source.Lock{"main.get": mu}, false},
			[]stackparse.Goroutine{
				goroutine(1, "sync.RWMutex.Lock", "sync.(*RWMutex).Lock(0x0?)", "main.get(0xc000012340)"),
				goroutine(2, "sync.RWMutex.Lock", "sync.(*RWMutex).Lock(0x0?)", "main.get(0xc000099990)"),
				goroutine(3, "select", "main.load(0xc000012340)"),
			},
			"surely 3 load: it locked it earlier in its code, in the same object", "two objects; the holder is found for the one it holds",
		},
	} {
		var got []string
		for line := range strings.Lines(waits(tt.gs, tt.code)) {
			if strings.HasPrefix(line, " ") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		assert.Equal(t, tt.want, strings.Join(got, "; "), tt.reason)
	}
}
