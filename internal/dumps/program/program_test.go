package program

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
)

// build links the program in testdata/shop with more flags for the go command.
func build(t *testing.T, env []string, flags ...string) (exe string) {
	exe = filepath.Join(t.TempDir(), "shop.exe")
	cmd := exec.Command("go", append(append([]string{"build", "-o", exe}, flags...), "testdata/shop/main.go")...)
	cmd.Env = append(append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0"), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return exe
}

// dumped runs it and reads its dump.
func dumped(t *testing.T, exe string) *heap.Graph {
	file := filepath.Join(t.TempDir(), "shop.heap")
	out, err := exec.Command(exe, file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	g, closeFile, err := heap.Open(file, heap.Limits{})
	require.NoError(t, err)
	t.Cleanup(closeFile)
	return g
}

// held returns which variable holds what each function of shop waits for.
func held(g *heap.Graph) map[string]string {
	names := map[string]string{}
	gs := g.Goroutines()
	facts := g.Explain(gs)
	for i := range gs {
		for _, h := range facts[gs[i].ID].Holders {
			if name, ok := strings.CutPrefix(gs[i].Frames[0].Func, "main.wait"); ok && h.Kind == heap.Variable {
				names[name] = h.Name
			}
		}
	}
	return names
}

func TestNames(t *testing.T) {
	t.Parallel()
	paths := map[string]string{
		"Topics": `main.topics.subs["orders"].done`, "ByID": "main.byID[-17].done", "Values": "main.values[7].done",
		"Large": `main.large["carts"][5]`, "List": "main.list[2].done", "Grid": "main.grid[1][2]", "Hook": "main.hook.done",
		"Boxed": "main.boxed.done", "Current": "main.current.Load().done", "OnClose": "main.onClose",
	}
	variables := map[string]string{}
	for name, path := range paths {
		if i := strings.IndexAny(path[len("main."):], ".["); i >= 0 {
			path = path[:len("main.")+i]
		}
		variables[name] = path
	}
	none := map[string]string{}
	for name := range paths {
		none[name] = ""
	}
	for _, tt := range []struct {
		reason string
		flags  []string
		want   map[string]string
	}{
		{"as the go command builds it", nil, paths},
		{"loaded where it was not linked for", []string{"-buildmode=pie"}, paths},
		{"without DWARF", []string{"-ldflags=-w"}, variables},
		{"stripped", []string{"-ldflags=-s -w"}, none},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			exe := build(t, nil, tt.flags...)
			g := dumped(t, exe)
			p, err := Open(exe, g)
			require.NoError(t, err)
			g.SetNames(p)
			assert.Equal(t, tt.want, held(g))
			assertSender(t, g)
			if tt.flags == nil {
				assertInlined(t, g)
				assertOther(t, g)
			}
		})
	}
}

// assertSender looks at the goroutine that nothing can wake.
func assertSender(t *testing.T, g *heap.Graph) {
	gs := g.Goroutines()
	facts := g.Explain(gs)
	for i := range gs {
		x := &gs[i]
		if x.Frames[0].Func != "main.send" {
			continue
		}
		assert.Equal(t, "chan send", x.State)
		assert.Equal(t, "main.go", filepath.Base(x.Frames[0].File))
		assert.NotZero(t, x.Frames[0].Line)
		if assert.NotNil(t, x.Creator) {
			assert.Equal(t, "main.keep", x.Creator.Func)
		}
		f := facts[x.ID]
		assert.True(t, f.Unreachable)
		assert.GreaterOrEqual(t, f.Keeps, int64(3<<20))
		return
	}
	assert.Fail(t, "main.send is not there")
}

// assertInlined looks at the calls of a frame into which others were inlined: they
// are those of the text.
func assertInlined(t *testing.T, g *heap.Graph) {
	t.Helper()
	var calls []string
	for _, x := range g.Goroutines() {
		if x.State == "running" {
			for _, f := range x.Frames {
				calls = append(calls, f.Func)
			}
			assert.Nil(t, x.Creator, "main is started by the runtime")
		}
	}
	assert.Equal(t, []string{"runtime/debug.WriteHeapDump", "main.main"}, calls)
}

// assertOther opens what the process with this dump does not run.
func assertOther(t *testing.T, g *heap.Graph) {
	t.Helper()
	own, err := os.Executable()
	require.NoError(t, err)
	_, err = Open(own, g)
	assert.ErrorIs(t, err, errOther)
	_, err = Open("testdata/shop/main.go", g)
	assert.ErrorContains(t, err, "not an executable")
	_, err = Open("testdata/none", g)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// Executables of other systems cannot run here, but they can be read.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ os, arch string }{{"darwin", "arm64"}, {"windows", "amd64"}} {
		t.Run(tt.os, func(t *testing.T) {
			t.Parallel()
			exe := build(t, []string{"GOOS=" + tt.os, "GOARCH=" + tt.arch})
			img, err := readImage(exe)
			require.NoError(t, err)
			assert.NotZero(t, img.data)
			p := &Program{image: img}
			require.NoError(t, p.readTable())
			f := p.table.LookupFunc("main.keep")
			require.NotNil(t, f)
			file, line, _ := p.table.PCToLine(f.Entry)
			assert.Equal(t, "main.go", filepath.Base(file))
			assert.NotZero(t, line)
			p.dwarf, err = img.dwarf()
			require.NoError(t, err)
			assert.NotNil(t, newTypes(p).typeOf("main.topics"))
			symbols := heap.NewSymbols(img.symbols, 0)
			for _, s := range img.symbols {
				if s.Name == "main.byID" {
					v, start := symbols.Find(s.Addr)
					assert.Equal(t, "main.byID", v.Name)
					assert.Equal(t, s.Addr, start)
					return
				}
			}
			assert.Fail(t, "main.byID is not there")
		})
	}
}
