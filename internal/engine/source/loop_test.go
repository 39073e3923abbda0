package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
)

// TestEnds is about the loop around a wait: whether anything in it, or its
// condition, leaves it.
func TestEnds(t *testing.T) {
	t.Parallel()
	const tick = "<-t.C " + here + "\n"
	for _, tt := range []struct {
		body   string
		want   bool
		reason string
	}{
		{tick, true, "no loop"},
		{"for {\n" + tick + "}", false, "nothing leaves it"},
		{"for true {\n" + tick + "}", false, "nor this"},
		{"for i := 0; ; i++ {\n" + tick + "}", false, "a counter is no condition"},
		{"for range t.C { " + here + "\n g()\n}", false, "the range over the ticker itself"},
		{"for range t.C { " + here + "\n if g() {\n  break\n }\n}", true, "a break"},
		{"for {\n" + tick + " if g() {\n  return\n }\n}", true, "a return"},
		{"for !done() {\n" + tick + "}", true, "a condition"},
		{"for range 3 {\n" + tick + "}", true, "a count"},
		{"for range jobs {\n" + tick + "}", true, "a channel that can be closed"},
		{"for {\n" + tick + " switch g() {\n case 1:\n  break\n }\n}", false, "the break is the switch's"},
		{"for {\n" + tick + " select {\n case <-a:\n  break\n default:\n }\n}", false, "the break is the select's, as people forget"},
		{"out:\nfor {\n" + tick + " switch g() {\n case 1:\n  break out\n }\n}", true, "a break of the loop by its label"},
		{"for {\n" + tick + " in:\n for {\n  break in\n }\n}", false, "the label is of a loop inside"},
		{"for {\n" + tick + " for {\n  break\n }\n}", false, "the break is that of a loop inside"},
		{"for {\n for range t.C { " + here + "\n  break\n }\n}", false, "the loop around goes on"},
		{"for {\n for range t.C { " + here + "\n  return\n }\n}", true, "a return leaves both"},
		{"for {\n" + tick + " if g() {\n  goto end\n }\n}\nend:", true, "a goto"},
		{"for {\n" + tick + " if g() {\n  continue\n }\n}", false, "a continue goes on"},
		{"for {\n" + tick + " func() {\n  return\n }()\n}", false, "the return is another function's"},
		{"for {\n" + tick + " if g() {\n  runtime.Goexit()\n }\n}", true, "it ends the goroutine"},
		{"for {\n" + tick + " if g() {\n  log.Fatal(1)\n }\n}", false, "it ends the process"},
		{"for {\n go func() {\n  " + tick + " }()\n}", true, "the loop is another function's"},
		{"go func() {\n for {\n  " + tick + " }\n}()\nreturn", false, "the return is another function's, around it"},
	} {
		file, line := program(t, "func f() {\n"+tt.body+"\n}")
		got, ok := new(source.Tree).Waits(file, line, "chan receive")
		require.True(t, ok, tt.reason)
		assert.Equal(t, tt.want, got.Ends, tt.reason)
	}
}
