package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The folder of a test that runs is known by its name, which the test does not
// change meanwhile. The race detector watches the other way to fail.
func TestFolderOfATestThatRuns(t *testing.T) {
	l := newOpenLedger()
	entered, folders := make(chan struct{}), make(chan string, 1)
	t.Run("group", func(t *testing.T) {
		t.Run("runs (1/2): é", func(t *testing.T) {
			t.Parallel()
			c := &Test{t: t}
			l.enter(c)
			close(entered)
			folders <- t.TempDir()
			l.leave(c)
		})
		t.Run("asks", func(t *testing.T) {
			t.Parallel()
			<-entered
			asks := &Test{t: t}
			l.enter(asks)
			defer l.leave(asks)
			assert.Empty(t, l.folderOf("/tmp/asks/file", asks), "it may be making its folder just now")
			assert.Equal(t, "TestFolderOfATestThatRuns/group/asks", l.folderOf(t.TempDir()+"/file", asks))
			folder := <-folders
			assert.Equal(t, "TestFolderOfATestThatRuns/group/runs_(1/2):_é", l.folderOf(folder+"/file", asks))
		})
	})
}

func TestInFolderFor(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/tmp/TestA123/001/f": true, "/tmp/TestA/001/f": false, "/tmp/TestAB123/f": false, "/tmp/TestA12x/f": false, "/TestA1": true,
	} {
		assert.Equal(t, want, inFolderFor(path, "Test/A"), path)
	}
}
