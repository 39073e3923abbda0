package relate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// calling are the calls of one goroutine, with their arguments.
func calling(calls ...string) *stackparse.Goroutine {
	g := &stackparse.Goroutine{}
	for i, c := range calls {
		open := strings.LastIndex(c, "(")
		g.Frames = append(g.Frames, stackparse.Frame{Func: c[:open], Args: strings.TrimSuffix(c[open+1:], ")"), File: "/gone/shop.go", Line: 10 * (i + 1)})
	}
	return g
}

func listed(gs []*stackparse.Goroutine, tree *source.Tree) (all []string) {
	var a relate.Arguments
	for _, g := range gs {
		a.Add(g, 1)
	}
	for _, arg := range a.List(gs[0].Frames, tree) {
		all = append(all, fmt.Sprintf("%s %d %s %s %s %d/%d", arg.Func, arg.Index, arg.Name, arg.Type, arg.Value, arg.Count, arg.Different))
	}
	return all
}

func TestArguments(t *testing.T) {
	t.Parallel()
	tree := source.Of(nil, t.TempDir())
	var gs []*stackparse.Goroutine
	for i := range 5 {
		conn := fmt.Sprintf("0xc00001%d000", i)
		gs = append(gs, calling(
			"sync.(*Mutex).Lock(0xc000777000)",
			"example.com/shop.get(0xc000042000, {0xc000042000, 0x3}, 0x1?, _, "+conn+")",
			"example.com/shop.serve(0xc000042000, "+conn+", ...)"))
	}
	gs[3].Frames[1].Args = strings.Replace(gs[3].Frames[1].Args, "0x3}", "0x4}", 1)
	assert.Equal(t, []string{
		"example.com/shop.serve 0   0xc000042000 5/1",
		"example.com/shop.serve 1   0xc000010000 1/5",
		"example.com/shop.get 1   {0xc000042000, 0x3} 4/2",
	}, listed(gs, tree), "what is passed on is listed once; the standard library's and what a register has lost are not listed")
	assert.Empty(t, listed(gs[:2], tree), "two goroutines are alike or not, which says nothing")

	gs[1].Frames[2].Args += ", 0x1"
	assert.Equal(t, "example.com/shop.get 0   0xc000042000 5/1", listed(gs, tree)[0], "other goroutines than those of one stack")
	gs[1].Frames = gs[1].Frames[:1]
	assert.Empty(t, listed(gs, tree))
	gs[0].Frames = gs[0].Frames[:1]
	assert.Empty(t, listed(gs, tree))
	assert.Nil(t, (*relate.Arguments)(nil).List(nil, nil))
}

// TestGarbledArguments: a log may lose the blank behind a comma.
func TestGarbledArguments(t *testing.T) {
	t.Parallel()
	var gs []*stackparse.Goroutine
	for range 3 {
		gs = append(gs, calling("example.com/shop.serve(0xc000042000,,0xc000043000,)"))
	}
	assert.Equal(t, []string{"example.com/shop.serve 0   0xc000042000 3/1", "example.com/shop.serve 1   0xc000043000 3/1"}, listed(gs, source.Of(nil, t.TempDir())))
}

// TestManyArguments: few values are kept, and the most frequent one is still
// known.
func TestManyArguments(t *testing.T) {
	t.Parallel()
	tree := source.Of(nil, t.TempDir())
	var gs []*stackparse.Goroutine
	for i := range 3000 {
		odd := "0xc000042000"
		if i%3 == 0 {
			odd = fmt.Sprintf("0xc0000%05x", i)
		}
		gs = append(gs, calling(fmt.Sprintf("example.com/shop.serve(%s, 0xc1000%05x)", odd, i)))
	}
	assert.Equal(t, []string{"example.com/shop.serve 0   0xc000042000 2000/0", "example.com/shop.serve 1   0xc100000000 1/0"}, listed(gs, tree))
}

const shopSource = `package shop

type Pool[T any] struct{}

func (p *Pool[T]) serve(conn, _ net.Conn, names ...string) {
	_ = 1
	go func(n int) {
		_ = 2
	}(1)
}

func unnamed(int, map[string]struct {
	a int
}) {
	_ = 3
}
`

func TestArgumentNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "shop.go")
	require.NoError(t, os.WriteFile(file, []byte(shopSource), 0o600))
	at := func(call string, line int) []*stackparse.Goroutine {
		var gs []*stackparse.Goroutine
		for range 3 {
			g := calling(call)
			g.Frames[0].File, g.Frames[0].Line = file, line
			gs = append(gs, g)
		}
		return gs
	}
	serve := at("example.com/shop.(*Pool[...]).serve(0xc000001000, {0x2000, 0x3000}, {0x0, 0x0}, {0x0, 0x0, 0x0})", 6)
	tree := source.Of([]stackparse.Goroutine{*serve[0]}, dir)
	assert.Equal(t, []string{
		"example.com/shop.(*Pool[...]).serve 0 p *Pool[T] 0xc000001000 3/1",
		"example.com/shop.(*Pool[...]).serve 1 conn net.Conn {0x2000, 0x3000} 3/1",
		"example.com/shop.(*Pool[...]).serve 2  net.Conn {0x0, 0x0} 3/1",
		"example.com/shop.(*Pool[...]).serve 3 names ...string {0x0, 0x0, 0x0} 3/1",
	}, listed(serve, tree))
	assert.Equal(t, []string{"example.com/shop.(*Pool[...]).serve.func1 0 n int 0x1 3/1"}, listed(at("example.com/shop.(*Pool[...]).serve.func1(0x1)", 8), tree))
	assert.Equal(t, []string{"example.com/shop.unnamed 0  int 0x1 3/1", "example.com/shop.unnamed 1   0xc000001000 3/1"},
		listed(at("example.com/shop.unnamed(0x1, 0xc000001000)", 14), tree), "a type of several lines has no room")
	assert.Equal(t, []string{"example.com/shop.other 0   0x1 3/1"}, listed(at("example.com/shop.other(0x1)", 14), tree), "the source is that of another function")
	assert.Equal(t, []string{"example.com/shop.unnamed 0   0x1 3/1"}, listed(at("example.com/shop.unnamed(0x1)", 14), tree), "it had other parameters then")
	assert.Equal(t, []string{"example.com/shop.(*Pool[...]).serve 0 p *Pool[T] 0xc000001000 3/1"},
		listed(at("example.com/shop.(*Pool[...]).serve(0xc000001000, ...)", 6), tree), "the runtime prints ten words")
}

func BenchmarkArguments(b *testing.B) {
	var gs []*stackparse.Goroutine
	for i := range 1000 {
		gs = append(gs, calling(fmt.Sprintf("example.com/shop.get(0xc000042000, {0xc000042000, 0x3}, 0xc1000%05x)", i),
			fmt.Sprintf("example.com/shop.serve(0xc000042000, 0xc1000%05x)", i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		var a relate.Arguments
		for _, g := range gs {
			a.Add(g, 1)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(gs)), "ns/goroutine")
}
