package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// What is in a loop without a way out can never end, whatever it waits for. Where
// the text leaves a doubt, it may.
func TestEndless(t *testing.T) {
	t.Parallel()
	const work = "work() " + here + "\n"
	for _, tt := range []struct {
		body   string
		want   bool
		reason string
	}{
		{"for {\n" + work + "}", true, "nothing leaves it"},
		{"for i := 0; ; i++ {\n" + work + "}", true, "a counter is no condition"},
		{"for range time.Tick(d) {\n" + work + "}", true, "the channel of a ticker is never closed"},
		{"t := time.NewTicker(d)\ndefer t.Stop()\nfor range t.C {\n" + work + "}", true, "the deferred call never comes"},
		{"t := time.NewTicker(d)\nfor range t.C { " + here + "\n g()\n}", true, "it waits for the ticker itself"},
		{"for {\n select { " + here + "\n case <-t.C:\n g()\n }\n}", true, "a select without a way out"},
		{"go func() {\n for {\n " + work + " }\n}()", true, "the loop of a literal"},
		{"for i := range 3 {\n for {\n " + work + " }\n}", true, "the loop inside never ends"},
		{work, false, "no loop"},
		{"for range jobs {\n" + work + "}", false, "a channel that can be closed"},
		{"for range 3 {\n" + work + "}", false, "a count"},
		{"for !done() {\n" + work + "}", false, "a condition"},
		{"for {\n" + work + " if g() {\n  return\n }\n}", false, "a return"},
		{"for {\n" + work + " if g() {\n  break\n }\n}", false, "a break"},
		{"t := time.NewTicker(d)\nfor range t.C {\n" + work + " if g() {\n  break\n }\n}", false, "a break from the loop of a ticker"},
		{"t := time.NewTicker(d)\nfor range t.C {\n" + work + " if g() {\n  return\n }\n}", false, "a return from it"},
		{"for {\n select { " + here + "\n case <-t.C:\n case <-done:\n  return\n }\n}", false, "a case that returns"},
		{"for {\n" + work + " if g() {\n  runtime.Goexit()\n }\n}", false, "it ends the goroutine"},
		{"for {\n" + work + " if g() {\n  t.Fatal(1)\n }\n}", false, "so does this in a test"},
		{"for {\n" + work + " if g() {\n  panic(1)\n }\n}", false, "somebody may recover"},
		{"defer func() { recover() }()\nfor {\n" + work + "}", false, "it may recover from what work panics with"},
		{"defer handlePanics()\nfor {\n" + work + "}", false, "by its name"},
		{"for v := work(); ; v++ { " + here + "\n}", false, "the call comes before the loop"},
		{"go func() { for { work() } }() " + here, false, "the call may be in or around the literal"},
	} {
		file, line := program(t, "func f() {\n"+tt.body+"\n}")
		tree := new(source.Tree)
		calls := []stackparse.Frame{{Func: "example.org/a.work", File: "gone.go", Line: 1}, {Func: "example.org/a.f", File: file, Line: line}}
		assert.Equal(t, tt.want, tree.Endless(calls[1:], false), tt.reason)
		assert.Equal(t, tt.want, tree.Endless(calls, false), "%s: what it calls does not matter", tt.reason)
		calls[0], calls[1] = calls[1], calls[0]
		assert.False(t, tree.Endless(calls, false), "%s: who calls it cannot be read and may recover", tt.reason)
	}
}

// Where the heap says that only timers can wake a select, what its other cases do
// leaves no loop. The channels are told apart by the source.
func TestEndlessTicks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		body   string
		want   bool
		reason string
	}{
		{"for {\n select { " + here + "\n case <-t.C:\n  work()\n case <-done:\n  return\n }\n}", true, "only done leaves the loop"},
		{"for {\n select {\n case <-ctx.Done():\n  return\n default:\n }\n select { " + here + "\n case <-t.C:\n case <-ctx.Done():\n  return\n }\n}",
			true, "the same channel elsewhere does not either"},
		{"for {\n select { " + here + "\n case <-time.After(d):\n  work()\n case v := <-jobs:\n  panic(v)\n }\n}", true, "a panic in a case that never comes"},
		{"for {\n select { " + here + "\n case <-t.C:\n  return\n case <-done:\n }\n}", false, "the timer leaves it"},
		{"for {\n select { " + here + "\n case <-t.C:\n case <-done:\n }\n if work() {\n  return\n }\n}", false, "so does what follows"},
		{"for {\n select { " + here + "\n case <-ticks:\n  if work() {\n   return\n  }\n case <-stop:\n  return\n }\n}", false,
			"nothing says which of them is the timer"},
		{"select { " + here + "\ncase <-t.C:\ncase <-done:\n}", false, "no loop"},
	} {
		file, line := program(t, "func f() {\n"+tt.body+"\n}")
		calls := []stackparse.Frame{{Func: "example.org/a.f", File: file, Line: line}}
		assert.Equal(t, tt.want, new(source.Tree).Endless(calls, true), tt.reason)
		assert.False(t, new(source.Tree).Endless(calls, false), "%s: nothing says that done is dead", tt.reason)
	}
}

// A weak pointer may be a parameter, or a variable of the function around.
func TestWeak(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"func f(w weak.Pointer[cache]) {\n work() " + here + "\n}":                                  true,
		"func f() {\n w := weak.Make(c)\n go func() {\n  work() " + here + "\n  w.Value()\n }()\n}": true,
		"func f() {\n go func() {\n  weak.Make(c)\n }()\n work() " + here + "\n}":                   false,
		"func f() {\n work() " + here + "\n}\nfunc g(w weak.Pointer[cache]) {\n work()\n}":          false,
	} {
		file, line := program(t, text)
		frame := stackparse.Frame{Func: "example.org/a.f", File: file, Line: line}
		assert.Equal(t, want, new(source.Tree).Weak([]stackparse.Frame{{Func: "example.org/a.g", File: "gone.go", Line: 1}, frame}), text)
	}
}
