package main

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
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
