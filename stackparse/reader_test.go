package stackparse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const twoGoroutines = `2026/01/02 listening (tcp)

panic: oh

goroutine 1 [running]:
main.main()
	/x.go:1 +0x1
odd
goroutine 2 [select]:
main.f()
	/x.go:2 +0x1

exit status 2
bye
`

func TestProblemsBelongToTheirScan(t *testing.T) {
	t.Parallel()
	r := NewReader(strings.NewReader(twoGoroutines))
	r.Name = "out.txt"
	texts := func() (s []string) {
		for _, p := range r.Problems() {
			s = append(s, p.Error())
		}
		return s
	}
	require.True(t, r.Scan())
	assert.EqualValues(t, 1, r.Goroutine().ID)
	assert.Equal(t, 5, r.Goroutine().Line)
	assert.Equal(t, []string{
		`out.txt:1: 2 lines outside any goroutine, the first is "2026/01/02 listening (tcp)"`,
		`out.txt:8: line outside any goroutine: "odd"`,
	}, texts())
	require.True(t, r.Scan(), "a header needs no empty line before it")
	assert.EqualValues(t, 2, r.Goroutine().ID)
	assert.Empty(t, texts())
	require.False(t, r.Scan())
	assert.Equal(t, []string{`out.txt:13: 2 lines outside any goroutine, the first is "exit status 2"`}, texts())
	require.False(t, r.Scan(), "the end stays the end")
	assert.NoError(t, r.Err())
}

func TestAll(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("wire cut")
	r := NewReader(io.MultiReader(strings.NewReader(twoGoroutines), iotest.ErrReader(errBroken)))
	var got []string
	for g, err := range r.All() {
		var syntax *SyntaxError
		switch {
		case errors.As(err, &syntax):
			assert.Nil(t, g)
			got = append(got, fmt.Sprint("problem ", syntax.Line))
		case err != nil:
			assert.Nil(t, g)
			assert.ErrorIs(t, err, errBroken)
			got = append(got, "error")
		default:
			got = append(got, fmt.Sprint("goroutine ", g.ID))
		}
	}
	assert.Equal(t, []string{"problem 1", "problem 8", "goroutine 1", "goroutine 2", "problem 13", "error"}, got)
	for range NewReader(strings.NewReader(twoGoroutines)).All() {
		break // must not panic
	}
}

func TestReadErrorKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	r := NewReader(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("goroutine 1 [running]:\n"))))
	assert.False(t, r.Scan())
	require.ErrorIs(t, r.Err(), iotest.ErrTimeout)

	r = NewReader(io.MultiReader(strings.NewReader("goroutine 1 [running]:\nmain.main()\n\t/x.go:1"), iotest.ErrReader(iotest.ErrTimeout)))
	require.True(t, r.Scan())
	assert.Len(t, r.Goroutine().Frames, 1)
	assert.False(t, r.Scan())
	require.ErrorIs(t, r.Err(), iotest.ErrTimeout)
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestBadReaders(t *testing.T) {
	t.Parallel()
	r := NewReader(readFunc(func([]byte) (int, error) { return 0, nil }))
	assert.False(t, r.Scan())
	assert.ErrorIs(t, r.Err(), io.ErrNoProgress)
	for _, n := range []int{-1, 1 << 30} {
		r = NewReader(readFunc(func([]byte) (int, error) { return n, nil }))
		assert.False(t, r.Scan())
		assert.ErrorIs(t, r.Err(), errBadCount)
	}
}

func TestCloneSurvivesScan(t *testing.T) {
	t.Parallel()
	dump := readDump(t, "testdata/dumps/go1.27/ancestors.txt")
	want, err := Parse(dump)
	require.NoError(t, err)
	clear(dump) // Parse must not have kept it
	again, err := Parse(readDump(t, "testdata/dumps/go1.27/ancestors.txt"))
	require.NoError(t, err)
	assert.Equal(t, again, want)
	gs, _ := collect(t, NewReader(bytes.NewReader(readDump(t, "testdata/dumps/go1.27/ancestors.txt"))))
	assert.Equal(t, want, gs)
}

func TestParseJoinsProblems(t *testing.T) {
	t.Parallel()
	gs, err := Parse([]byte(strings.Repeat("goroutine 1 [running]:\nodd\n\n", 25)))
	assert.Len(t, gs, 25)
	require.Error(t, err)
	assert.Equal(t, 21, strings.Count(err.Error(), "\n")+1)
	assert.True(t, strings.HasSuffix(err.Error(), "\nand 5 more problems"))
	var syntax *SyntaxError
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, 2, syntax.Line)

	gs, err = Parse(nil)
	assert.Empty(t, gs)
	assert.NoError(t, err)
}

func TestNamesSeparatedFrames(t *testing.T) {
	t.Parallel()
	gs, err := Parse([]byte("goroutine 1 [running]:\nmain.a()\n\t/x.go:1\n\ngoroutine 2 [running]:\nmain.b()\n\t/x.go:2\n"))
	require.NoError(t, err)
	_ = append(gs[0].Frames, Frame{Func: "intruder"})
	assert.Equal(t, "main.b", gs[1].Frames[0].Func, "an append must not reach the next goroutine's frames")
}

// TestLive reads a dump of this very process.
func TestLive(t *testing.T) {
	t.Parallel()
	stop, parked := make(chan struct{}), make(chan struct{})
	go parkForTestLive(parked, stop)
	<-parked
	buf := make([]byte, 4<<20)
	buf = buf[:runtime.Stack(buf, true)]
	close(stop)

	gs, err := Parse(buf)
	require.NoError(t, err)
	require.NotEmpty(t, gs)
	assert.Equal(t, "running", gs[0].State, "the caller comes first")
	found := false
	for _, f := range gs[0].Frames {
		found = found || strings.HasSuffix(f.Func, "stackparse.TestLive")
	}
	assert.True(t, found, "own test in own stack")
	for _, g := range gs {
		if len(g.Frames) > 0 && strings.HasSuffix(g.Frames[0].Func, "stackparse.parkForTestLive") {
			require.NotNil(t, g.Creator)
			assert.True(t, strings.HasSuffix(g.Creator.Func, "stackparse.TestLive"))
			assert.Equal(t, gs[0].ID, g.Creator.Goroutine)
			assert.Contains(t, []string{"chan receive", "runnable", "running"}, g.State)
			assert.True(t, strings.HasSuffix(g.Frames[0].File, "reader_test.go"))
			return
		}
	}
	t.Fatal("parkForTestLive: not in the dump")
}

func parkForTestLive(parked, stop chan struct{}) {
	close(parked)
	<-stop
}
