package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// here marks the line that a test asks about.
const here = "// here"

// program writes a file of package a with the text and returns its path and
// the line that is marked.
func program(t *testing.T, text string) (file string, line int) {
	t.Helper()
	text = "package a\n\n" + text + "\n"
	before, _, ok := strings.Cut(text, here)
	require.True(t, ok, "no line is marked in %s", text)
	return write(t, t.TempDir(), "a.go", text), strings.Count(before, "\n") + 1
}

func TestWaits(t *testing.T) {
	t.Parallel()
	const none = source.Op(0)
	for _, tt := range []struct {
		text, state string
		want        source.Statement // with Op none: there is nothing
		reason      string
	}{
		{"func f(ch chan int) { ch <- 1 } // here", "chan send", source.Statement{Op: source.Send}, "a parameter: nobody knows"},
		{"func f() {\n ch := make(chan int)\n ch <- 1 // here\n}", "chan send", source.Statement{Op: source.Send, Chan: source.Unbuffered}, "made in the function"},
		{"func f() {\n ch := make(chan int, 0)\n ch <- 1 // here\n}", "chan send", source.Statement{Op: source.Send, Chan: source.Unbuffered}, "a buffer of nothing"},
		{"func f(n int) {\n ch := make(chan int, n)\n go func() {\n  ch <- 1 // here\n }()\n}", "chan send",
			source.Statement{Op: source.Send, Chan: source.Buffered}, "made around the literal"},
		{"var ch = make(chan int, 3)\nfunc f() {\n ch <- 1 // here\n}", "chan send", source.Statement{Op: source.Send, Chan: source.Buffered}, "a variable of the package"},
		{"func New() *S { return &S{ch: make(chan int, 3)} }\nfunc (s *S) f() {\n s.ch <- 1 // here\n}", "chan send",
			source.Statement{Op: source.Send, Chan: source.Buffered}, "a field, set in a literal"},
		{"func (s *S) init() { s.ch = make(chan int) }\nfunc (s *S) f() {\n s.ch <- 1 // here\n}", "chan send",
			source.Statement{Op: source.Send, Chan: source.Unbuffered}, "a field, assigned"},
		{"func f() {\n ch := make([]int, 3)\n ch <- 1 // here\n}", "chan send", source.Statement{Op: source.Send}, "a slice is no channel"},

		{"func f(ch chan int) {\n ch <- 1 // here\n defer func() { <-ch }()\n}", "chan send", source.Statement{Op: source.Send, Place: true}, "a place in a semaphore"},
		{"func (s *S) f() {\n s.ch <- 1 // here\n g()\n <-s.ch\n}", "chan send", source.Statement{Op: source.Send, Place: true}, "given back without defer"},
		{"func f(ch chan int) {\n ch <- 1 // here\n x := <-ch\n}", "chan send", source.Statement{Op: source.Send}, "an answer"},
		{"func f(ch chan int) {\n <-ch\n ch <- 1 // here\n}", "chan send", source.Statement{Op: source.Send}, "a baton: it was taken before"},
		{"func f(a, b chan int) {\n a <- 1 // here\n <-b\n}", "chan send", source.Statement{Op: source.Send}, "another channel"},
		{"func f(ch chan int) {\n ch <- 1 // here\n go func() { <-ch }()\n}", "chan send", source.Statement{Op: source.Send}, "another goroutine receives"},
		{"func f(ch chan int) {\n go func() {\n  ch <- 1 // here\n }()\n <-ch\n}", "chan send", source.Statement{Op: source.Send}, "another goroutine sends"},
		{"func f() {\n g() <- 1 // here\n <-g()\n}", "chan send", source.Statement{Op: source.Send, Place: true}, "by the same call"},

		{"func f(ch chan int) {\n for range ch { // here\n }\n}", "chan receive", source.Statement{Op: source.Range}, "a range"},
		{"func f(ctx C) {\n <-ctx.Done() // here\n}", "chan receive", source.Statement{Op: source.Receive, Chan: source.Done}, "a context"},
		{"func f(ctx C) {\n done := ctx.Done()\n <-done // here\n}", "chan receive", source.Statement{Op: source.Receive, Chan: source.Done}, "a context by another name"},
		{"func f() {\n <-time.After(1) // here\n}", "chan receive", source.Statement{Op: source.Receive, Chan: source.After}, "a timer"},
		{"func f() {\n for range time.Tick(1) { // here\n }\n}", "chan receive", source.Statement{Op: source.Range, Chan: source.Ticker}, "a ticker"},
		{"func f() {\n t := time.NewTimer(1)\n <-t.C // here\n}", "chan receive", source.Statement{Op: source.Receive, Chan: source.After}, "the channel of a timer"},
		{"type s struct{ t *time.Ticker }\nfunc (s s) f() {\n <-s.t.C // here\n}", "chan receive",
			source.Statement{Op: source.Receive, Chan: source.Ticker}, "the channel of a field, by its type"},
		{"func f() {\n t := time.NewTicker(1)\n defer t.Stop()\n for range t.C { // here\n }\n}", "chan receive",
			source.Statement{Op: source.Range, Chan: source.Ticker}, "stopped by itself, and too late"},
		{"func f() {\n t := time.NewTicker(1)\n defer t.Stop()\n go func() {\n  for range t.C { // here\n  }\n }()\n}", "chan receive",
			source.Statement{Op: source.Range, Chan: source.Ticker, Stopped: true}, "stopped by another"},
		{"func (s *S) Stop() { s.t.Stop() }\nfunc (s *S) f() {\n for range s.t.C { // here\n }\n}", "chan receive",
			source.Statement{Op: source.Range, Chan: source.Ticker, Stopped: true}, "stopped by another method"},
		{"func g(t T) { t.Stop() }\nfunc f() {\n t := time.NewTicker(1)\n for range t.C { // here\n }\n}", "chan receive",
			source.Statement{Op: source.Range, Chan: source.Ticker}, "another variable of that name"},
		{"func f() {\n c := make(chan os.Signal, 1)\n signal.Notify(c)\n <-c // here\n}", "chan receive",
			source.Statement{Op: source.Receive, Chan: source.Signal}, "signals"},
		{"func f(ch chan int) {\n x := g(<-ch) // here\n}", "chan receive", source.Statement{Op: source.Receive}, "inside an expression"},

		{"func f(a, b chan int, ctx C) {\n select { // here\n case <-a:\n case b <- 1:\n case <-ctx.Done():\n case x := <-time.After(1):\n }\n}", "select",
			source.Statement{Op: source.Select, Cases: []source.Chan{source.Unknown, source.Unknown, source.Done, source.After}}, "all cases in order"},
		{"func f(a chan int) {\n select {\n case <-a: // here\n }\n}", "chan receive",
			source.Statement{Op: source.Select, Cases: []source.Chan{source.Unknown}}, "a select with one case is that case"},
		{"func f(a chan int) {\n select { // here\n case <-a:\n }\n}", "chan receive",
			source.Statement{Op: source.Select, Cases: []source.Chan{source.Unknown}}, "its line may be that of the select"},
		{"func f(a chan int) {\n select {\n default:\n case <-a: // here\n  select { // never here\n  case <-a:\n  }\n }\n}", "select",
			source.Statement{}, "a case is not where a select waits"},
		{"func f(a, b chan int) {\n select {\n default:\n case <-a:\n  b <- 1 // here\n }\n}", "chan send",
			source.Statement{Op: source.Send}, "the default, which has no operation, comes first"},
		{"func f(a, b chan int) {\n select {\n case <-a:\n  b <- 1 // here\n default:\n }\n}", "chan send",
			source.Statement{Op: source.Send}, "a select with a default is no plain operation"},

		{"func f(ch chan int) {\n ch <- 1 // here\n}", "chan receive", source.Statement{}, "the state is another"},
		{"func f(ch chan int) {\n g() // here\n}", "chan receive", source.Statement{}, "a call"},
		{"func f(ch chan int) {\n <-ch // here\n", "chan receive", source.Statement{Op: source.Receive}, "a file with an error"},
		{"<-ch // here", "chan receive", source.Statement{}, "not in a function"},
		{"// here", "select", source.Statement{}, "in no declaration"},
	} {
		file, line := program(t, tt.text)
		got, ok := new(source.Tree).Waits(file, line, tt.state)
		got.Ends = false // TestEnds looks at it
		assert.Equal(t, tt.want.Op != none, ok, tt.reason)
		assert.Equal(t, tt.want, got, tt.reason)
	}
	_, ok := new(source.Tree).Waits("absent.go", 1, "select")
	assert.False(t, ok, "no file")
	file, _ := program(t, here)
	for _, n := range []int{-1, 0, 100} {
		_, ok := new(source.Tree).Waits(file, n, "select")
		assert.False(t, ok, "no line %d", n)
	}
}

func TestWaitsForTimer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   bool
		reason string
	}{
		{"<-time.After(time.Second) // here", true, "time.After on the line"},
		{"for range time.Tick(d) { // here\n}", true, "time.Tick on the line"},
		{"<-ticker.C // here", true, "a ticker's channel"},
		{"<-s.Chan // here", false, "a name that begins with C"},
		{"<-ctx.Done() // here", false, "no timer"},
		{"select { // here\ncase <-ctx.Done():\ncase <-time.After(d):\n}", true, "a case of the select"},
		{"select { // here\ncase <-ctx.Done():\n}\n<-time.After(d)", false, "after the select"},
		{"select { // here\ncase <-a:\ncase <-ctx.Done():\nselect {\ncase <-t.C:\n}\n}", false, "a case of an inner select"},
		{"select { // here\ncase <-a:\ncase <-ctx.Done():\nt.C <- 1\n}", false, "in a body, not a case"},
		{"select { // here\ncase <-a:\ncase now := <-tick.C:\n}", true, "the value is used"},
	} {
		file, line := program(t, "func f() {\n"+tt.text+"\n}")
		assert.Equal(t, tt.want, new(source.Tree).WaitsForTimer(file, line), tt.reason)
	}
	assert.False(t, new(source.Tree).WaitsForTimer("absent.go", 1), "no file")
}

func TestMentions(t *testing.T) {
	t.Parallel()
	file, line := program(t, "func f() {\n g(os.Stdin) // here\n h.Hijack()\n}\nfunc g() { os.Stdout.Close() }")
	tree := new(source.Tree)
	assert.True(t, tree.Mentions(file, line, "os.Stdin"))
	assert.True(t, tree.Mentions(file, line, ".Hijack"), "a method")
	assert.False(t, tree.Mentions(file, line, "os.Stdout"), "in another function")
	assert.False(t, tree.Mentions("absent.go", line, "os.Stdin"), "no file")

	file, line = program(t, "func f() {\n serve(func() {\n  h.Hijack()\n })\n os.Stdin.Close()\n go func() {\n  g() // here\n }()\n}")
	assert.False(t, tree.Mentions(file, line, ".Hijack"), "in a function literal next to it")
	assert.True(t, tree.Mentions(file, line, "os.Stdin"), "in the function around it")
}
