package pprofile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// seeds adds all files of testdata, packed profiles plain as well: a change in
// a gzip stream is hardly ever one in what it holds.
func seeds(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*/*.*")
	require.NoError(f, err)
	require.Greater(f, len(files), 20)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
		if plain, ok := unpacked(data); ok {
			f.Add(plain)
		}
	}
}

// FuzzReader reads anything: whole and byte by byte it is the same.
func FuzzReader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := pprofile.NewReader(bytes.NewReader(data))
		pieces := pprofile.NewReader(iotest.OneByteReader(bytes.NewReader(data)))
		whole.MaxMemory, pieces.MaxMemory = 64<<20, 64<<20
		want, wantProblems, wantErr := readAll(whole)
		got, gotProblems, gotErr := readAll(pieces)
		assert.Equal(t, want, got)
		assert.Equal(t, wantProblems, gotProblems)
		if wantErr != nil {
			assert.EqualError(t, gotErr, wantErr.Error())
		} else {
			assert.NoError(t, gotErr)
		}
	})
}

// FuzzWrite writes whatever has been read and reads it back: once written, a
// record is the same forever.
func FuzzWrite(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := pprofile.NewReader(bytes.NewReader(data))
		r.MaxMemory = 64 << 20
		recs, _, _ := readAll(r)
		once := rewritten(t, recs)
		require.Len(t, once, len(recs))
		for i, rec := range once {
			assert.Equal(t, recs[i].Count, rec.Count)
			assert.Equal(t, recs[i].Goroutine.State, rec.Goroutine.State)
			assert.Len(t, rec.Goroutine.Frames, len(recs[i].Goroutine.Frames))
			assert.ElementsMatch(t, recs[i].Goroutine.Labels, rec.Goroutine.Labels)
		}
		assert.Equal(t, once, rewritten(t, once))
	})
}
