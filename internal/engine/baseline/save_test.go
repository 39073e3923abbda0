package baseline_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
)

func TestLoadSave(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "testdata", "leaks.json")
	_, err := baseline.Load(path, "leaks.json")
	assert.ErrorIs(t, err, fs.ErrNotExist, "a file that is not there is not an empty one")

	b, err := baseline.Parse("leaks.json", []byte(twoLeaks))
	require.NoError(t, err)
	require.NoError(t, baseline.Save(path, b), "with its folder")
	loaded, err := baseline.Load(path, "leaks.json")
	require.NoError(t, err)
	assert.Equal(t, b, loaded)

	require.NoError(t, baseline.Save(path, baseline.Baseline{}))
	loaded, err = baseline.Load(path, "leaks.json")
	require.NoError(t, err)
	assert.Empty(t, loaded.Entries, "nothing known is a baseline, too")
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no temporary file stays")
}

// A baseline that is as it was is not written: its time stays, and a folder
// that may not be written does not matter.
func TestSaveLeavesTheSameAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leaks.json")
	b, err := baseline.Parse("leaks.json", []byte(twoLeaks))
	require.NoError(t, err)
	require.NoError(t, baseline.Save(path, b))
	before, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, baseline.Save(path, b))
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "not even by an equal one")
}

func TestSaveProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	assert.Error(t, baseline.Save(filepath.Join(file, "leaks.json"), baseline.Baseline{}), "a file is no folder")
	assert.Error(t, baseline.Save(dir, baseline.Baseline{}), "a folder is no file")
	_, err := baseline.Load(dir, "leaks.json")
	assert.Error(t, err)
}

func TestEdit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "testdata", "leaks.json")
	var before baseline.Baseline
	add := func(b baseline.Baseline) baseline.Baseline {
		before = b
		return baseline.Baseline{Entries: append(b.Entries, known("a", 1))}
	}
	require.NoError(t, baseline.Edit(path, "leaks.json", add), "a file that is not there is made")
	assert.Empty(t, before)
	b, err := baseline.Load(path, "leaks.json")
	require.NoError(t, err)
	assert.Equal(t, []baseline.Entry{known("a", 1)}, b.Entries)

	require.NoError(t, os.WriteFile(path, []byte("{"), 0o644))
	assert.ErrorContains(t, baseline.Edit(path, "leaks.json", add), "leaks.json:1: ", "a broken file is not replaced")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "{", string(data))
}

// Test processes of several packages may add to one file at the same time.
func TestEditSideBySide(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leaks.json")
	const editors, edits = 8, 5
	var wg sync.WaitGroup
	for i := range editors {
		wg.Go(func() {
			for j := range edits {
				leak := baseline.Leak{Package: fmt.Sprint(i), Key: baseline.Key(fmt.Sprint(j)), Count: 1}
				assert.NoError(t, baseline.Edit(path, "leaks.json", func(b baseline.Baseline) baseline.Baseline {
					return baseline.Update(b, []baseline.Leak{leak}, func(baseline.Entry) bool { return false }, "2026-11-24")
				}))
			}
		})
	}
	wg.Wait()
	b, err := baseline.Load(path, "leaks.json")
	require.NoError(t, err)
	assert.Len(t, b.Entries, editors*edits, "no edit is lost")
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "no lock stays")
}

// Sources may be read-only, as those of the module cache are. Tests that run as
// root can write there anyway, so the name of the lock is too long here.
func TestEditWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), strings.Repeat("x", 255))
	err := baseline.Edit(path, "testdata/leaks.json", func(baseline.Baseline) baseline.Baseline {
		return baseline.Baseline{Entries: []baseline.Entry{known("a", 1)}}
	})
	assert.ErrorContains(t, err, "testdata/leaks.json cannot be updated: ")
}

// What changes nothing takes no lock and writes nothing.
func TestEditWithoutChange(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leaks.json")
	require.NoError(t, os.WriteFile(path, []byte(twoLeaks), 0o644))
	require.NoError(t, os.WriteFile(path+".lock", nil, 0o644), "nobody will remove it")
	same := func(b baseline.Baseline) baseline.Baseline { return b }
	assert.NoError(t, baseline.Edit(path, "leaks.json", same))
	assert.FileExists(t, path+".lock")
}

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "leaks.json.lock")
	unlock, err := baseline.Lock(path, time.Hour)
	require.NoError(t, err)
	got := make(chan func() error)
	go func() {
		second, err := baseline.Lock(path, time.Hour)
		assert.NoError(t, err)
		got <- second
	}()
	require.NoError(t, unlock())
	require.NoError(t, (<-got)(), "it comes free")

	_, err = baseline.Lock(path, time.Hour)
	require.NoError(t, err)
	unlock, err = baseline.Lock(path, time.Millisecond)
	require.NoError(t, err, "one that a killed process left is taken over")
	require.NoError(t, unlock())

	_, err = baseline.Lock(filepath.Join(path, "leaks.json.lock"), time.Hour)
	assert.ErrorIs(t, err, fs.ErrNotExist, "where there is no folder, it does not wait")
}
