package relate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func parse(t testing.TB, dump string) []stackparse.Goroutine {
	t.Helper()
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	require.NotEmpty(t, gs)
	return gs
}

// name is the innermost call of goroutine i that is package main's.
func name(gs []stackparse.Goroutine, i int) string {
	for _, f := range gs[i].Frames {
		if rest, ok := strings.CutPrefix(f.Func, "main."); ok {
			return fmt.Sprintf("%d %s", gs[i].ID, rest)
		}
	}
	return fmt.Sprint(gs[i].ID)
}

// waits prints what Waits and Cycles found.
func waits(gs []stackparse.Goroutine, code relate.Code) string {
	var b strings.Builder
	ws := relate.Waits(gs, code)
	for _, w := range ws {
		known := 0 // that wait for the same object
		for _, o := range ws {
			if w.Addr != 0 && o.Addr == w.Addr && o.Kind.String() == w.Kind.String() {
				known++
			}
		}
		fmt.Fprintf(&b, "%s waits for a %v (%d known)\n", name(gs, w.Goroutine), w.Kind, known)
		for _, h := range w.Holders {
			fmt.Fprintf(&b, "    %v %s: it %v\n", h.Sure, name(gs, h.Goroutine), h.Why)
		}
	}
	for _, c := range relate.Cycles(ws) {
		fmt.Fprintf(&b, "circle, %v:", c.Sure)
		for _, i := range c.Waits {
			fmt.Fprintf(&b, " %s ->", name(gs, ws[i].Goroutine))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestRecorded reads dumps of testdata/program, whose deadlocks are known.
func TestRecorded(t *testing.T) {
	t.Parallel()
	dumps, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.Len(t, dumps, 4, "two releases, each with and without -race")
	for _, file := range dumps {
		dump, err := os.ReadFile(file)
		require.NoError(t, err)
		got := waits(parse(t, string(dump)), nil)
		golden.Compare(t, strings.TrimSuffix(file, ".txt")+".golden", got)
	}
}
