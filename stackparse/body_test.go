package stackparse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestFrame(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, text string
		want         Frame
	}{
		{"method and offset", "net/http.(*Server).Serve(0xc000, {0x1, 0x2})\n\t/go/src/server.go:3 +0x2a",
			Frame{"net/http.(*Server).Serve", "0xc000, {0x1, 0x2}", "/go/src/server.go", 3, 0x2a}},
		{"inlined: no offset", "main.f(...)\n\t/x.go:3", Frame{"main.f", "...", "/x.go", 3, 0}},
		{"generic method of Go 1.27", "main.(*Box[...]).Map[...](0x1)\n\t/x.go:3 +0x1",
			Frame{"main.(*Box[...]).Map[...]", "0x1", "/x.go", 3, 1}},
		{"escaped package path and a rune in the name", "example.com/dotted%2ev2.世界()\n\t/x.go:3",
			Frame{"example.com/dotted%2ev2.世界", "", "/x.go", 3, 0}},
		{"fp, sp and pc of crashes", "runtime.main()\n\t/x.go:3 +0x2a fp=0xc1 sp=0xc0 pc=0x4",
			Frame{"runtime.main", "", "/x.go", 3, 0x2a}},
		{"fp, sp and pc at the entry of a function", "runtime.main()\n\t/x.go:3 fp=0xc1 sp=0xc0 pc=0x4",
			Frame{"runtime.main", "", "/x.go", 3, 0}},
		{"path with space, colon, bracket and offset", "main.f()\n\t/a b:9/[x] +0x1/é.go:3 +0x2",
			Frame{"main.f", "", "/a b:9/[x] +0x1/é.go", 3, 2}},
		{"path of Windows", "main.f()\n\tC:/x.go:3 +0x2", Frame{"main.f", "", "C:/x.go", 3, 2}},
		{"no path", "main.f()\n\t??:0 +0x2", Frame{"main.f", "", "??", 0, 2}},
		{"C with a symbolizer", "cInner\n\t/main.c:9 pc=0x488078", Frame{"cInner", "pc=0x488078", "/main.c", 9, 0}},
		{"C++ has parentheses", "ns::f(int)\n\t/main.cc:9 pc=0x488078", Frame{"ns::f(int)", "pc=0x488078", "/main.cc", 9, 0}},
		{"C without a name", "non-Go function\n\tpc=0x488078", Frame{"non-Go function", "pc=0x488078", "", 0, 0}},
		{"C without a symbolizer", "non-Go function at pc=0x488078", Frame{"non-Go function", "pc=0x488078", "", 0, 0}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			for _, end := range []string{"\n", "\r\n"} {
				dump := "goroutine 1 [running]:\n" + test.text + "\nmain.main()\n\t/y.go:1\n"
				gs, err := Parse([]byte(strings.ReplaceAll(dump, "\n", end)))
				require.NoError(t, err)
				require.Len(t, gs, 1)
				assert.Equal(t, []Frame{test.want, {"main.main", "", "/y.go", 1, 0}}, gs[0].Frames)
				assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
			}
		})
	}
}

func rewritten(t testing.TB, gs []Goroutine) []Goroutine {
	t.Helper()
	var out strings.Builder
	require.NoError(t, Write(&out, gs))
	again, _ := Parse([]byte(out.String()))
	return again
}

func TestUnknownBodyLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, body   string
		unparsed, text []string
		problems       string
	}{
		{"text of another goroutine between frames", "hello, world\nmain.a()\n\t/x.go:1\n",
			nil, []string{"hello, world"}, `dump:2: line outside any goroutine: "hello, world"`},
		{"text of another goroutine between call and place", "main.a()\nlistening (tcp)\nstill listening\n\t/x.go:1\n",
			nil, []string{"listening (tcp)", "still listening"}, `dump:3: 2 lines outside any goroutine, the first is "listening (tcp)"`},
		{"a message of two lines", "main.a()\n\t/x.go:1\nproblem: it\n\tis late\n\tpanic: again\n",
			nil, []string{"problem: it", "\tis late", "\tpanic: again"}, `dump:4: 3 lines outside any goroutine, the first is "problem: it"`},
		{"a second panic before the empty line", "main.a()\n\t/x.go:1\n\tpanic: again\n",
			nil, []string{"\tpanic: again"}, `dump:4: line outside any goroutine: "\tpanic: again"`},
		{"a call without its place", "sync.f(...)\nmain.a()\n\t/x.go:1\n",
			[]string{"sync.f(...)"}, nil, `dump:2: unknown text in goroutine 7: "sync.f(...)"`},
		{"a place without its call", "\t/y.go:9\nmain.a()\n\t/x.go:1\n",
			[]string{"\t/y.go:9"}, nil, `dump:2: unknown text in goroutine 7: "\t/y.go:9"`},
		{"go run adds a line without an empty one before it", "main.a()\n\t/x.go:1\nexit status 2\n",
			nil, []string{"exit status 2"}, `dump:4: line outside any goroutine: "exit status 2"`},
		{"elided twice: the first count must stay", "...5 frames elided...\nmain.a()\n\t/x.go:1\n...6 frames elided...\n",
			[]string{"...6 frames elided..."}, nil, `dump:5: unknown text in goroutine 7: "...6 frames elided..."`},
		{"a frame without parentheses and without pc is none", "cgo thing\n\t/y.c:1\nmain.a()\n\t/x.go:1\n",
			nil, []string{"cgo thing", "\t/y.c:1"}, `dump:2: 2 lines outside any goroutine, the first is "cgo thing"`},
		{"unparsed text of a dump that Write printed", "main.a()\n\t/x.go:1\n\tunparsed: created by x\n",
			[]string{"created by x"}, nil, `dump:4: unknown text in goroutine 7: "created by x"`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			dump := "goroutine 7 [running]:\n" + test.body + "\ngoroutine 8 [running]:\n\n"
			gs, err := Parse([]byte(dump))
			require.EqualError(t, err, test.problems)
			require.Len(t, gs, 2)
			assert.Equal(t, test.unparsed, gs[0].Unparsed)
			assert.Equal(t, []Frame{{Func: "main.a", File: "/x.go", Line: 1}}, gs[0].Frames)
			assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
			_, text := read(t, []byte(dump))
			assert.Equal(t, test.text, text)
		})
	}
}

// TestCutPlaces: a function is worth having though a logger cut its place.
func TestCutPlaces(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"\tnowhere", "\t/x.go:99999999999999999999", "\t/home/x.g"} {
		gs, err := Parse([]byte("goroutine 7 [running]:\nmain.a()\n\t/x.go:1\nmain.b(0x1)\n" + place + "\nmain.c()\n\t/x.go:2\n"))
		require.Error(t, err)
		require.Len(t, gs, 1)
		assert.Equal(t, []string{place}, gs[0].Unparsed)
		assert.Equal(t, []Frame{{Func: "main.a", File: "/x.go", Line: 1}, {Func: "main.b", Args: "0x1"}, {Func: "main.c", File: "/x.go", Line: 2}}, gs[0].Frames)
		assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
	}
}

func TestUnavailableStack(t *testing.T) {
	t.Parallel()
	gs, err := Parse([]byte("goroutine 7 [running]:\n\tgoroutine running on other thread; stack unavailable\ncreated by main.a in goroutine 1\n\t/x.go:1\n"))
	require.NoError(t, err)
	assert.True(t, gs[0].Unavailable)
	assert.Empty(t, gs[0].Frames)
	assert.Equal(t, int64(1), gs[0].Creator.Goroutine)
	assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
}

func TestAfterCreator(t *testing.T) {
	t.Parallel()
	const dump = `goroutine 7 [running]:
created by main.main in goroutine 1
	/x.go:1 +0x2
main.late()
	/x.go:2
created by main.again
`
	gs, err := Parse([]byte(dump))
	require.Error(t, err)
	require.Len(t, gs, 1)
	assert.Empty(t, gs[0].Frames, "no frame can follow created by")
	assert.Equal(t, &Creator{"main.main", 1, "/x.go", 1, 2}, gs[0].Creator)
	assert.Equal(t, []string{"main.late()", "\t/x.go:2", "created by main.again"}, gs[0].Unparsed)
	assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
}

func TestCreatorWithoutPlace(t *testing.T) {
	t.Parallel()
	gs, err := Parse([]byte("goroutine 7 [running]:\nmain.f()\n\t/x.go:1\ncreated by main.main in goroutine 1"))
	golden.Words(t, "no place, and the end", err)
	require.ErrorIs(t, err, ErrIncomplete)
	assert.True(t, gs[0].Truncated)
	assert.Equal(t, &Creator{Func: "main.main", Goroutine: 1}, gs[0].Creator, "a dump cut off here has told who")
	assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
}

func TestElidedAnywhere(t *testing.T) {
	t.Parallel()
	const a, b, gap = "main.a()\n\t/x.go:1\n", "main.b()\n\t/x.go:2\n", "...12 frames elided...\n"
	for at, body := range []string{gap + a + b, a + gap + b, a + b + gap} {
		gs, err := Parse([]byte("goroutine 7 [running]:\n" + body))
		require.NoError(t, err)
		assert.Equal(t, 12, gs[0].Elided)
		assert.Equal(t, at, gs[0].ElidedAt)
		assert.Len(t, gs[0].Frames, 2)
		assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
	}
}

func TestAncestorWithHugeID(t *testing.T) {
	t.Parallel()
	const dump = `goroutine 7 [running]:
main.f()
	/x.go:1
[originating from goroutine 99999999999999999999]:
main.g(...)
	/x.go:2
...additional frames elided...
created by main.main
	/x.go:3
`
	gs, err := Parse([]byte(dump))
	require.Error(t, err)
	require.Len(t, gs[0].Ancestors, 1)
	assert.Len(t, gs[0].Frames, 1, "the ancestor's frames are not the goroutine's")
	a := gs[0].Ancestors[0]
	assert.Equal(t, []Frame{{Func: "main.g", Args: "...", File: "/x.go", Line: 2}}, a.Frames)
	assert.True(t, a.Elided)
	assert.Equal(t, &Creator{Func: "main.main", File: "/x.go", Line: 3}, a.Creator)
	assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)))
}
