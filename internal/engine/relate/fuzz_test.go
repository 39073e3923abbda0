package relate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// FuzzRelate gives any dump to Relate: it names goroutines and calls that are
// there, and each goroutine has its place once.
func FuzzRelate(f *testing.F) {
	dumps, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	require.NotEmpty(f, dumps)
	for _, file := range append(dumps, "") {
		dump := []byte(server)
		if file != "" {
			dump, err = os.ReadFile(file)
			require.NoError(f, err)
		}
		f.Add(dump)
	}
	f.Fuzz(func(t *testing.T, dump []byte) {
		gs, _ := stackparse.Parse(dump)
		r := relate.Relate(gs, make([]string, len(gs)), nil)
		for _, w := range r.Waits {
			for _, h := range w.Holders {
				require.Less(t, h.Goroutine, len(gs))
				require.Less(t, h.Frame, len(gs[h.Goroutine].Frames))
			}
		}
		for i := range gs {
			require.LessOrEqual(t, len(r.Line(gs, i, nil)), 2*32+1, "a circle of parents ends")
		}
	})
}
