package source_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// A call is marked by "call", and where it returns to by "here".
func TestCallLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, reason string }{
		{"func f() {\n err := c.Start() // call // here\n g(err)\n}", "the line of the call itself"},
		{"func f() {\n rows, err := c.Start() // call\n if err != nil { // here\n }\n}", "the next statement"},
		{"func f() {\n a.Start() // call\n b.Start() // here\n}", "the next statement is such a call too"},
		{"func f() {\n a.Start()\n b.Start() // call\n g() // here\n}", "the second of two"},
		{"func f() error {\n x := a.Start()\n y := b.Start() // call // here\n return g(x, y)\n}", "the second of two, whose result is used there"},
		{"func f() *S {\n s := x.Start(func() { // call\n  g()\n  g()\n  g()\n  g()\n })\n return s // here\n}", "a call of many lines"},
		{"func f() {\n for range 3 { // here\n  p.Start(p.work) // call\n }\n}", "the head of a loop that the call ends"},
		{"func f() {\n a.Start()\n for i := 0; i < 3; i++ { // here\n  p.Start(p.work) // call\n }\n b.Start()\n}", "in a loop, of several"},
		{"func f() {\n a.Start()\n for range 3 { // here\n  g()\n }\n}", "before a loop"},
		{"func f() {\n c.\n  New().\n  Start() // call\n g() // here\n}", "a chain"},
		{"func f() {\n Start[int]() // call\n g() // here\n}", "type arguments"},
		{"func f() {\n func() {\n  c.Start() // call\n }() // here\n}", "in a function literal"},
	} {
		want := strings.Count(strings.SplitN("package a\n\n"+tt.text, "// call", 2)[0], "\n") + 1
		if !strings.Contains(tt.text, "// call") {
			want = 4 // the only one there is
		}
		file, line := program(t, tt.text)
		got, ok := (&source.Tree{}).CallLine(file, line, "os/exec.(*Cmd).Start")
		assert.True(t, ok, tt.reason)
		assert.Equal(t, want, got, tt.reason)
	}
}

func TestCallLineOfNone(t *testing.T) {
	t.Parallel()
	file, line := program(t, "func f() {\n c.Stop() // here\n}\n\nfunc g() { c.Start() }")
	for callee, reason := range map[string]string{
		"os/exec.(*Cmd).Start":       "only another function has that call",
		"os/exec.(*Cmd).Start.func1": "a literal has no name",
		"":                           "nothing",
	} {
		_, ok := (&source.Tree{}).CallLine(file, line, callee)
		assert.False(t, ok, reason)
	}
	_, ok := (&source.Tree{}).CallLine(file+".gone", line, "os/exec.(*Cmd).Stop")
	assert.False(t, ok, "no file")
	_, ok = (&source.Tree{}).CallLine(file, -1, "os/exec.(*Cmd).Stop")
	assert.False(t, ok, "no line")
}
