//go:build linux || darwin

package resource

import (
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fresh returns what open makes appear, described. Tests of this package do not
// run in parallel with this one: descriptors are the process's.
func fresh(t *testing.T, open func()) []Thing {
	t.Helper()
	Warm()
	before, err := Descriptors()
	require.NoError(t, err)
	open()
	after, err := Descriptors()
	require.NoError(t, err)
	things := after.Beyond(before)
	children, err := Children()
	require.NoError(t, err)
	maps.Copy(after, children)
	Describe(things, after)
	return things
}

// Each kind of descriptor is told apart from the others, with what it leads to.
func TestDescriptors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	for _, row := range []struct {
		reason string
		open   func() []interface{ Close() error }
		want   []Kind
		what   string
	}{
		{"a file says how it was opened", func() []interface{ Close() error } {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
			require.NoError(t, err)
			return []interface{ Close() error }{f}
		}, []Kind{File}, "a.txt, open for writing"},
		{"a file that was removed has lost its path", func() []interface{ Close() error } {
			f, err := os.Create(path)
			require.NoError(t, err)
			require.NoError(t, os.Remove(path))
			return []interface{ Close() error }{f}
		}, []Kind{File}, "the file "},
		{"a device is no file", func() []interface{ Close() error } {
			f, err := os.Open(os.DevNull)
			require.NoError(t, err)
			return []interface{ Close() error }{f}
		}, []Kind{Device}, os.DevNull},
		{"the two ends of a pipe", func() []interface{ Close() error } {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			return []interface{ Close() error }{r, w}
		}, []Kind{Pipe, Pipe}, "end of a pipe"},
		{"a listener of a path", func() []interface{ Close() error } {
			l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
			require.NoError(t, err)
			return []interface{ Close() error }{l}
		}, []Kind{Socket}, "a Unix listener on "},
	} {
		var closers []interface{ Close() error }
		things := fresh(t, func() { closers = row.open() })
		var kinds []Kind
		for _, thing := range things {
			kinds = append(kinds, thing.Kind)
			assert.Contains(t, thing.What, row.what, "%s", row.reason)
			assert.False(t, thing.Own(), "%s", row.reason)
		}
		assert.Equal(t, row.want, kinds, "%s", row.reason)
		for _, c := range closers {
			require.NoError(t, c.Close())
		}
	}
}

// Both ends of a connection in one process find each other.
func TestSocketPeers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	var c, s net.Conn
	things := fresh(t, func() {
		c, err = net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		s, err = l.Accept()
		require.NoError(t, err)
	})
	defer c.Close()
	defer s.Close()
	require.Len(t, things, 2)
	for _, thing := range things {
		assert.Contains(t, thing.What, l.Addr().String())
		assert.Contains(t, thing.Leads, "its other end is descriptor ")
	}
}

// A child is there until it was waited for.
func TestChildren(t *testing.T) {
	before, err := Children()
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	now, err := Children()
	require.NoError(t, err)
	found := now.Beyond(before)
	require.Len(t, found, 1)
	assert.Equal(t, cmd.Process.Pid, found[0].Number)
	in.Close()
	require.NoError(t, cmd.Wait())
	now, err = Children()
	require.NoError(t, err)
	assert.Empty(t, now.Beyond(before))
}
