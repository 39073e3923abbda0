package gleak_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck/gleak"
)

// The tests look at all goroutines of their process, so they run one by one.

// eventually waits until nothing is leaked, as Gomega's does.
func eventually(t *testing.T, haveLeaked gleak.Matcher) {
	t.Helper()
	for leaked := true; leaked; {
		var err error
		leaked, err = haveLeaked.Match(gleak.Goroutines())
		require.NoError(t, err)
	}
}

// leak starts n goroutines that wait until the test is over, and takes a list
// in which they wait.
func leak(t *testing.T, n int) []gleak.Goroutine {
	t.Helper()
	stop, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		for range n {
			<-ended
		}
		eventually(t, gleak.HaveLeaked())
	})
	for range n {
		go func() {
			<-stop
			ended <- struct{}{}
		}()
	}
	for {
		gs, waiting := gleak.Goroutines(), 0
		for _, g := range gs {
			if strings.HasSuffix(g.CreatorFunction, "gleak_test.leak") && g.State == "chan receive" {
				waiting++
			}
		}
		if waiting == n {
			return gs
		}
	}
}

// matcherFunc is a user's matcher.
type matcherFunc func(gleak.Goroutine) (bool, error)

func (f matcherFunc) Match(actual any) (bool, error) {
	g, err := gleak.G(actual, "matcherFunc")
	if err != nil {
		return false, err
	}
	return f(g)
}
func (matcherFunc) FailureMessage(any) string        { return "" }
func (matcherFunc) NegatedFailureMessage(any) string { return "" }

func TestHaveLeaked(t *testing.T) {
	const fn = "github.com/leakcheck-go/goroutine/leakcheck/gleak_test.leak"
	good := gleak.Goroutines()
	gs := leak(t, 2)
	tests := []struct {
		why      string
		ignoring []any
		want     bool
	}{
		{"what was not there is a leak", []any{good}, true},
		{"without a list as well", nil, true},
		{"what was there is none", []any{gs}, false},
		{"a string is the innermost call", []any{fn + ".func2"}, false},
		{"with its state", []any{fn + ".func2 [chan receive]"}, false},
		{"which has to fit", []any{fn + ".func2 [select]"}, true},
		{"an ellipsis is for what is below", []any{fn + "..."}, false},
		{"but not for a beginning of a name", []any{strings.TrimSuffix(fn, "k") + "..."}, true},
		{"a name without it is not either", []any{fn}, true},
		{"a creator", []any{gleak.IgnoringCreator(fn)}, false},
		{"what is below a creator", []any{gleak.IgnoringCreator("github.com/leakcheck-go/goroutine/leakcheck/gleak_test...")}, false},
		{"another creator", []any{gleak.IgnoringCreator(fn + "...")}, true},
		{"a text of the backtrace", []any{gleak.IgnoringInBacktrace("gleak_test.go")}, false},
		{"one of several", []any{"foo.bar", gleak.IgnoringInBacktrace("gleak_test.leak")}, false},
		{"a matcher of the user's", []any{matcherFunc(func(g gleak.Goroutine) (bool, error) { return g.CreatorFunction == fn, nil })}, false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			m := gleak.HaveLeaked(tt.ignoring...)
			got, err := m.Match(gs)
			require.NoError(t, err)
			assert.Equal(t, tt.want, got, m.NegatedFailureMessage(nil))
		})
	}
}

// The report is leakcheck's. It is made of the list, not of what is there now.
func TestReport(t *testing.T) {
	var gs []gleak.Goroutine
	t.Run("a test that ends", func(t *testing.T) { gs = leak(t, 2) })
	m := gleak.HaveLeaked()
	got, err := m.Match(gs)
	require.NoError(t, err)
	require.True(t, got)

	text := m.NegatedFailureMessage(gs)
	assert.True(t, strings.HasPrefix(text, "Expected not to leak 2 goroutines:\nleakcheck: 2 goroutines are still there"), text)
	assert.Contains(t, text, "+ 2 x blocked receiving from a channel", "equal ones are one entry")
	assert.Contains(t, text, "<-stop", "with the source line")
	assert.Contains(t, text, "fix", "and a fix")
	assert.Contains(t, text, `gleak.IgnoringCreator("github.com/leakcheck-go/goroutine/leakcheck/gleak_test.leak")`, "and a way to leave it out")
	assert.NotContains(t, text, "leakcheck.Ignore", "that Gomega can use")
	assert.Contains(t, m.FailureMessage(gs), "Expected to leak 2 goroutines:\nleakcheck:")

	assert.NotContains(t, text, "created by ")
	gleak.ReportFilenameWithPath = true
	defer func() { gleak.ReportFilenameWithPath = false }()
	assert.Contains(t, m.NegatedFailureMessage(gs), "created by ", "the whole stack")

	eventually(t, m) // a matcher can be used again
	assert.Equal(t, "Expected to leak 0 goroutines:\n", m.FailureMessage(nil))
}

// What leakcheck knows to be no leak is none here.
func TestNoLeaks(t *testing.T) {
	t.Cleanup(func() { eventually(t, gleak.HaveLeaked()) })
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	defer s.Close()
	good := gleak.Goroutines()
	resp, err := http.Get(s.URL)
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	defer http.DefaultClient.CloseIdleConnections()

	eventually(t, gleak.HaveLeaked(good)) // the connection is about to be idle

	t.Run("tests", func(t *testing.T) {
		for range 2 {
			t.Run("in parallel", func(t *testing.T) { t.Parallel() })
		}
		got, err := gleak.HaveLeaked(good).Match(gleak.Goroutines())
		require.NoError(t, err)
		assert.False(t, got)
	})
}

func TestErrors(t *testing.T) {
	for _, actual := range []any{nil, "foo", 42, gleak.Goroutine{}, []string{"foo"}, [1]gleak.Goroutine{}} {
		_, err := gleak.HaveLeaked().Match(actual)
		assert.ErrorContains(t, err, "HaveLeaked matcher expects an array or slice of goroutines.  Got:\n    <", actual)
	}
	type mine []gleak.Goroutine
	got, err := gleak.HaveLeaked().Match(mine(nil))
	require.NoError(t, err, "a type of the user's for a list")
	assert.False(t, got)

	for _, actual := range []any{nil, "foo", (*gleak.Goroutine)(nil)} {
		for _, m := range []gleak.Matcher{
			gleak.IgnoringCreator("x"), gleak.IgnoringTopFunction("x"),
			gleak.IgnoringInBacktrace("x"), gleak.IgnoringGoroutines(nil),
		} {
			_, err := m.Match(actual)
			assert.ErrorContains(t, err, "matcher expects a Goroutine or *Goroutine.  Got:", actual)
		}
	}
	golden.Panics(t, "a number", func() { gleak.HaveLeaked(42) })

	problem := errors.New("on purpose")
	broken := gleak.HaveLeaked(matcherFunc(func(gleak.Goroutine) (bool, error) { return false, problem }))
	_, err = broken.Match(leak(t, 1))
	assert.ErrorIs(t, err, problem, "an error of a matcher is one of the assertion")
	_, err = broken.Match([]gleak.Goroutine{{}})
	assert.ErrorIs(t, err, problem, "even for what is no leak")
}

// Values are shown as Gomega's package format shows them.
func TestObject(t *testing.T) {
	g, n := gleak.Goroutine{ID: 1, TopFunction: "foo.bar"}, 42
	shown := g.GomegaString()
	for want, actual := range map[string]any{
		"<nil>: nil":                         nil,
		"<int>: 42":                          n,
		"<string>: a\n    b":                 "a\nb",
		`<[]string | len:1, cap:2>: ["a"]`:   append(make([]string, 0, 2), "a"),
		"<[2]int>: [1, 2]":                   [2]int{1, 2},
		"<map[string]int | len:1>: map[a:1]": map[string]int{"a": 1},
		"<chan int | len:0, cap:1>: ":        make(chan int, 1),
		"<*goroutine.Goroutine | 0x0>: nil":  (*gleak.Goroutine)(nil),
		"<*int | 0x":                         &n,
		"<[]*goroutine.Goroutine | len:1, cap:1>: [\n        " + shown + ",\n    ]": []*gleak.Goroutine{&g},
	} {
		_, err := gleak.G(actual, "foo")
		if assert.Error(t, err, want) {
			assert.True(t, strings.HasPrefix(err.Error(), "foo matcher expects a Goroutine or *Goroutine.  Got:\n    "+want), err)
		}
	}
}

func TestMessages(t *testing.T) {
	g := gleak.Goroutine{ID: 42, State: "select", TopFunction: "foo.bar"}
	const shown = "Expected\n    <goroutine.Goroutine>: {ID: 42, State: \"select\", TopFunction: \"foo.bar\", CreatorFunction: \"\", BornAt: \"\"}\n"
	for words, m := range map[string]gleak.Matcher{
		`to have the topmost function "foo.baz"`:                              gleak.IgnoringTopFunction("foo.baz"),
		`to have the prefix "foo.baz." for its topmost function`:              gleak.IgnoringTopFunction("foo.baz..."),
		`to have the topmost function "foo.bar" and the state "chan receive"`: gleak.IgnoringTopFunction("foo.bar [chan receive]"),
		`to be created by "foo"`:                                              gleak.IgnoringCreator("foo"),
		`to be created by a function with prefix "foo."`:                      gleak.IgnoringCreator("foo..."),
		`to contain "foo" in the goroutine's backtrace`:                       gleak.IgnoringInBacktrace("foo"),
		"to be contained in the list of expected goroutine IDs\n    <[]uint64 | len:2, cap:2>: [1, 2]": gleak.IgnoringGoroutines(
			[]gleak.Goroutine{{ID: 2}, {ID: 1}, {ID: 2}}),
	} {
		got, err := m.Match(&g)
		require.NoError(t, err)
		assert.False(t, got, words)
		assert.Equal(t, shown+words, m.FailureMessage(g))
		assert.Equal(t, shown+"not "+words, m.NegatedFailureMessage(g))
	}
}

// A list holds all that the runtime's dump has.
func TestGoroutines(t *testing.T) {
	gs := leak(t, 1)
	assert.Equal(t, "running", gs[0].State)
	assert.True(t, strings.HasSuffix(gs[0].TopFunction, "/gleak/goroutine.stacks"), gs[0].TopFunction)
	assert.Equal(t, "testing.(*T).Run", gs[0].CreatorFunction)
	for _, g := range gs {
		if !strings.HasSuffix(g.CreatorFunction, "gleak_test.leak") {
			continue
		}
		assert.Positive(t, g.ID)
		assert.True(t, strings.HasSuffix(g.TopFunction, "gleak_test.leak.func2"), g.TopFunction)
		assert.Regexp(t, `/gleak_test\.go:\d+$`, g.BornAt)
		assert.Regexp(t, `^\S+gleak_test\.leak\.func2\(.*\)\n\t\S+:\d+ \+0x[0-9a-f]+\n`+
			`created by \S+gleak_test\.leak in goroutine \d+\n\t\S+:\d+ \+0x[0-9a-f]+\n$`, g.Backtrace)
		assert.Contains(t, g.String(), ", created by: "+g.CreatorFunction+", at: "+g.BornAt)
	}
}

// What a user has put together by hand is judged as well.
func TestMadeByHand(t *testing.T) {
	m := gleak.HaveLeaked()
	got, err := m.Match([]gleak.Goroutine{{ID: 1 << 60, State: "chan receive", TopFunction: "foo.bar", CreatorFunction: "foo.baz"}, {}})
	require.NoError(t, err)
	assert.True(t, got)
	assert.Contains(t, m.NegatedFailureMessage(nil), "foo.baz")
	got, err = gleak.HaveLeaked().Match([]gleak.Goroutine{{ID: 1 << 60, State: "running", TopFunction: "os/signal.signal_recv"}})
	require.NoError(t, err)
	assert.False(t, got)
}
