package stackparse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseArgs(t *testing.T) {
	t.Parallel()
	value := func(n uint64) Arg { return Arg{Value: n} }
	for text, want := range map[string][]Arg{
		"":                    nil,
		"0x0":                 {value(0)},
		"0xc000012345, 0x2a":  {value(0xc000012345), value(0x2a)},
		"0xffffffffffffffff?": {{Value: 1<<64 - 1, Stale: true}},
		"...":                 {{Kind: ArgMore}},
		"_, 0x1":              {{Kind: ArgHidden}, value(1)},
		"{}":                  {{Kind: ArgStruct}},
		"{0x1, {0x2?, _}, ...}, 0x3": {{Kind: ArgStruct, Fields: []Arg{
			value(1), {Kind: ArgStruct, Fields: []Arg{{Value: 2, Stale: true}, {Kind: ArgHidden}}}, {Kind: ArgMore}}}, value(3)},
		"{{{{{...}}}}}": {{Kind: ArgStruct, Fields: []Arg{{Kind: ArgStruct, Fields: []Arg{{Kind: ArgStruct, Fields: []Arg{
			{Kind: ArgStruct, Fields: []Arg{{Kind: ArgStruct, Fields: []Arg{{Kind: ArgMore}}}}}}}}}}}},
	} {
		got, err := ParseArgs(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, text, joinArgs(got))
	}
}

func joinArgs(args []Arg) string {
	var texts []string
	for _, a := range args {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

func TestParseArgsErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0x":                       `arguments: byte 0: "0x" is no argument`,
		"12":                       `arguments: byte 0: "12" is no argument`,
		"0x1 0x2":                  `arguments: byte 0: "0x1 0x2" is no argument`,
		"0x1,0x2":                  `arguments: byte 3: no comma before ','`,
		"0x1, ":                    "",
		"{0x1":                     "arguments: byte 4: no closing brace",
		"0x1}":                     `arguments: byte 3: unexpected '}'`,
		"_?":                       `arguments: byte 1: no comma before '?'`,
		strings.Repeat("{", 1<<20): "arguments: byte 33: more than 32 braces within another",
	} {
		_, err := ParseArgs(text)
		if want == "" {
			continue
		}
		assert.EqualError(t, err, want)
	}
	args, err := ParseArgs("0x1, 0x2, x")
	require.Error(t, err)
	assert.Len(t, args, 2, "what was good is kept")
}

// TestCorpusArguments parses all arguments of the corpus and prints them again.
func TestCorpusArguments(t *testing.T) {
	t.Parallel()
	n, foreign := 0, 0
	for _, name := range dumps(t) {
		gs, _ := Parse(readDump(t, name))
		for _, g := range gs {
			for i := range g.Frames {
				f := &g.Frames[i]
				args, err := f.Arguments()
				require.NoError(t, err, "%s: %s(%s)", name, f.Func, f.Args)
				if isForeignArgs(f.Args) {
					assert.Empty(t, args, "C functions have none")
					foreign++
					continue
				}
				assert.Equal(t, f.Args, joinArgs(args))
				n++
			}
		}
	}
	assert.Greater(t, n, 15_000)
	assert.GreaterOrEqual(t, foreign, 30)
}

func FuzzParseArgs(f *testing.F) {
	for _, text := range []string{"", "0x1", "0xc000, {0x1, _, ...}?", "{{}}", "..., ...", "{{{{{{"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		args, err := ParseArgs(text)
		if err != nil {
			return
		}
		again, err := ParseArgs(joinArgs(args))
		require.NoError(t, err)
		require.Equal(t, args, again)
	})
}
