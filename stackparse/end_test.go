package stackparse

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIncomplete(t *testing.T) {
	t.Parallel()
	const head = "goroutine 1 [running]:\nmain.main()\n\t/x.go:10 +0x1\n"
	for _, test := range []struct {
		reason, dump string
		cut          bool
	}{
		{"the end of a dump", head, false},
		{"a copy without the last line end", strings.TrimSpace(head), false},
		{"other output", head + "PASS", false},
		{"other output of many words", head + "exit status 2", false},
		{"other output after an empty line", head + "\nFAIL", false},
		{"nothing", "", false},
		{"in a function", head + "main.f", true},
		{"in a package", head + "mai", true},
		{"in a path", head + "github.com/a/b.(*T", true},
		{"in arguments", head + "main.f(0x1", true},
		{"after a call", head + "main.f(0x1)", true},
		{"after a call and its line end", head + "main.f(0x1)\n", true},
		{"in a place", head + "main.f(0x1)\n\t/home/x", true},
		{"in the word that starts a creator", head + "create", true},
		{"in a creator", head + "created by main.f in gorou", true},
		{"after a creator", head + "created by main.f in goroutine 1\n", true},
		{"in the word for frames left out", head + "...12 fra", true},
		{"in the word for an ancestor", head + "[originating from", true},
		{"after a header", head + "\ngoroutine 2 [select]:\n", true},
		{"in a header", head + "\ngoroutine 2 [sel", true},
		{"in an id", head + "\ngoroutine 2", true},
		{"in the first word", head + "\ngorou", true},
		{"a full buffer that ends in a line number", head + "main.f()\n\t/" + strings.Repeat("x", 1024-len(head)-len("main.f()\n\t/:1")) + ":1", true},
		{"the same with an end", head + "main.f()\n\t/" + strings.Repeat("x", 1024-len(head)-len("main.f()\n\t/:1\n")) + ":1\n", false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			gs, err := Parse([]byte(test.dump))
			if !test.cut {
				assert.NotErrorIs(t, err, ErrIncomplete)
				return
			}
			require.ErrorIs(t, err, ErrIncomplete)
			assert.Equal(t, Frame{Func: "main.main", File: "/x.go", Line: 10, Offset: 1}, gs[0].Frames[0])
			_, problems := collect(t, NewReader(strings.NewReader(test.dump)))
			assert.Equal(t, err.Error(), strings.Join(problems, "\n"))
		})
	}
}

// TestIncompleteIsAlwaysJoined: however many other problems there are.
func TestIncompleteIsAlwaysJoined(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte("goroutine 1 [running]:\n" + strings.Repeat("\todd\n", 2*maxProblems) + "main.f()\n"))
	assert.ErrorIs(t, err, ErrIncomplete)
}

// TestProfileLimit: the goroutine profile with debug=2 ends after 64 MiB.
func TestProfileLimit(t *testing.T) {
	t.Parallel()
	const g = "goroutine 1 [select]:\nmain.main()\n\t/x.go:10 +0x1\n\n"
	for _, test := range []struct {
		reason string
		size   int64
		tail   string
		want   string
	}{
		{"between goroutines", mostProfile, "\n\n", "where the goroutine profile ends"},
		{"in a goroutine, at the end of a line", mostProfile, "\ngoroutine 7 [select]:\nmain.main()\n\t/x.go:10 +0x1\n", "in the middle of goroutine 7"},
		{"a longer one", mostProfile + 1, "\n\n", ""},
	} {
		// Mostly text, since that is read fastest.
		pad := test.size - int64(len(g)+len(test.tail))
		text := &repeat{text: []byte(strings.Repeat("x", 1<<16-1) + "\n")}
		src := io.MultiReader(io.LimitReader(text, pad-1), strings.NewReader("\n"+g+test.tail))
		r := NewReader(src)
		_, problems := collect(t, r)
		require.Equal(t, test.size, r.lines.size(), test.reason)
		require.Contains(t, problems[0], "outside any goroutine")
		problems = problems[1:]
		if test.want == "" {
			assert.Empty(t, problems, test.reason)
			continue
		}
		require.Len(t, problems, 1, test.reason)
		assert.Contains(t, problems[0], test.want, test.reason)
	}
}

// repeat yields a text again and again.
type repeat struct {
	text []byte
	pos  int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], r.text[r.pos:])
		n, r.pos = n+m, (r.pos+m)%len(r.text)
	}
	return n, nil
}

func TestTruncatedReadsBack(t *testing.T) {
	t.Parallel()
	gs, _ := Parse([]byte("goroutine 1 [running]:\nmain.main()\n\t/x.go:10 +0x1\nmain.f(0x1)\n"))
	require.True(t, gs[0].Truncated)
	var b bytes.Buffer
	require.NoError(t, Write(&b, gs))
	assert.Contains(t, b.String(), "\ttruncated\n")
	assert.Equal(t, gs, rewritten(t, gs))
}
