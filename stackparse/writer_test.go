package stackparse

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestWriteLabels(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":              "",
		"/a/b.c_d9":     "/a/b.c_d9",
		"a-b":           `"a-b"`,
		"a b":           `"a b"`,
		"\x00\a\x1f":    `"\x00\x07\x1f"`,
		"\n\r\t\"\\":    `"\n\r\t\"\\"`,
		"\x7f":          `"\u007f"`,
		"é世😀":           `"\u00e9\u4e16\U0001f600"`,
		"\xff\xfe":      `"\xff\xfe"`,
		"\ufffd":        `"\ufffd"`,
		"]:\ngoroutine": `"]:\ngoroutine"`,
	} {
		var out strings.Builder
		require.NoError(t, Write(&out, []Goroutine{{ID: 1, State: "select", Labels: []Label{{"k", value}}}}))
		assert.Equal(t, "goroutine 1 [select] {k: "+want+"}:\n\n", out.String(), "an empty line says that there are no frames to come")
		gs, err := Parse([]byte(out.String()))
		require.NoError(t, err)
		assert.Equal(t, []Label{{"k", value}}, gs[0].Labels)
		if strings.HasPrefix(want, `"`) {
			s, err := strconv.Unquote(want)
			require.NoError(t, err)
			assert.Equal(t, value, s, "as strconv reads it")
		}
	}
}

// TestWriteLineBreak: a value that breaks the line could forge a goroutine.
func TestWriteLineBreak(t *testing.T) {
	t.Parallel()
	const evil = "x\n\ngoroutine 9 [running]:"
	for reason, g := range map[string]Goroutine{
		"state":    {ID: 1, State: evil},
		"function": {ID: 1, Frames: []Frame{{Func: evil}}},
		"args":     {ID: 1, Frames: []Frame{{Args: evil}}},
		"file":     {ID: 1, Frames: []Frame{{File: evil}}},
		"creator":  {ID: 1, Creator: &Creator{Func: evil}},
		"unparsed": {ID: 1, Unparsed: []string{evil}},
		"ancestor": {ID: 1, Ancestors: []Ancestor{{Frames: []Frame{{Func: evil}}}}},
	} {
		var out strings.Builder
		golden.Words(t, reason, Write(&out, []Goroutine{g}))
		assert.Empty(t, out.String(), reason)
	}
	var out strings.Builder
	assert.NoError(t, Write(&out, []Goroutine{{ID: 1, Labels: []Label{{evil, evil}}}}), "labels are quoted")
}

type writeFunc func([]byte) (int, error)

func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

func TestWriteError(t *testing.T) {
	t.Parallel()
	errFull := errors.New("disk full")
	err := Write(writeFunc(func([]byte) (int, error) { return 0, errFull }), []Goroutine{{ID: 1}})
	assert.ErrorIs(t, err, errFull)
	assert.NoError(t, Write(writeFunc(func([]byte) (int, error) { return 0, errFull }), nil), "nothing to write")
}

func TestPackage(t *testing.T) {
	t.Parallel()
	for fn, want := range map[string]string{
		"net/http.(*Server).Serve":               "net/http",
		"main.main":                              "main",
		"panic":                                  "",
		"gopkg.in/yaml%2ev3.(*Decoder).Decode":   "gopkg.in/yaml.v3",
		"main.(*Box[...]).Map[...]":              "main",
		"main.f[go.shape.struct{a/b.T}]":         "main",
		"example.com/gen/dotted%2ev2.(*T).Wait":  "example.com/gen/dotted.v2",
		"a%zz.f":                                 "a%zz",
		"_.goready.func1":                        "_",
		"internal/sync.(*HashTrieMap[...]).Load": "internal/sync",
	} {
		assert.Equal(t, want, Package(fn), fn)
	}
}
