package gosyntax_test

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

const code = `package shop

type Watcher struct {
	*Base
	name, kind string
}

type Base struct{ Closer }

type Closer interface{ Close() error }

type Loop struct{ Loop2 }

type Loop2 struct{ *Loop }

func (w *Watcher) Stop() {}

func (b Base) Wait(n int) {}
`

// A method may be declared, promoted, or of an embedded interface, and types that embed
// each other must not be followed for good.
func TestMethod(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "shop.go", code, 0)
	require.NoError(t, err)
	d := gosyntax.NewDeclarations()
	d.Add(file)
	require.NotNil(t, d.Method("Watcher", "Stop"), "its own")
	require.Equal(t, 1, d.Method("Watcher", "Wait").Params.NumFields(), "of what it embeds")
	require.NotNil(t, d.Method("Watcher", "Close"), "of an interface two types deep")
	require.Nil(t, d.Method("Loop", "Close"), "a circle has an end")
	require.Nil(t, d.Method("", "Stop"), "a type of another package")
	var names []string
	for id := range gosyntax.Fields(d.Members("Watcher"), nil) {
		names = append(names, id.Name)
	}
	require.Equal(t, []string{"", "name", "kind"}, names)
}

// Callers compare the name of what is called, however it is written.
func TestLastName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Get": "Get", "http.Get": "Get", "(c.Get)": "Get", "Get[int]": "Get", "m.Get[int, string]": "Get", "f()": "",
	} {
		e, err := parser.ParseExpr(text)
		require.NoError(t, err)
		require.Equal(t, want, gosyntax.LastName(e), text)
	}
}
