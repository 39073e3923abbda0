package main

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOnePass: the loop that starts the goroutines runs once, and others stay.
func TestOnePass(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "k.go", `package k

func init() { register("K", K) }

func K() {
	for i := 0; i < 1000; i++ {
		go func() {
			for j := 0; j < 3; j++ {
			}
		}()
	}
	for i := 0; i <= 100; i++ {
		go f(i)
	}
	for {
	}
}
`, 0)
	require.NoError(t, err)
	for _, fn := range registeredFuncs(f) {
		onePass(fn)
	}
	var b bytes.Buffer
	require.NoError(t, format.Node(&b, fset, f))
	assert.Equal(t, `package k

func init() { register("K", K) }

func K() {
	for i := 0; i < 1; i++ {
		go func() {
			for j := 0; j < 3; j++ {
			}
		}()
	}
	for i := 0; i < 1; i++ {
		go f(i)
	}
	for {
	}
}
`, b.String())
}

// TestRestore: the kernel of the Go tree cannot leak while it holds the lock that Close
// wants.
func TestRestore(t *testing.T) {
	t.Parallel()
	const text = `package k

func (l *logger) readLogs(w *watcher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readers[w] = struct{}{}
	followLogs(w)
}

func (l *logger) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
}
`
	for name, want := range map[string]string{
		"moby27782.go": strings.Replace(strings.Replace(text, "\tdefer l.mu.Unlock()\n", "", 1),
			"\tfollowLogs", "\tl.mu.Unlock()\n\tfollowLogs", 1),
		"moby4951.go": text,
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, text, 0)
		require.NoError(t, err)
		restore(sourceFile{name, f})
		var b bytes.Buffer
		require.NoError(t, format.Node(&b, fset, f))
		assert.Equal(t, want, strings.ReplaceAll(b.String(), "\n\n\t", "\n\t"), name)
	}
}
