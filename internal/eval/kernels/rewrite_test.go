package main

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// file parses a file with the kernel K, whose body is given.
func file(t *testing.T, fset *token.FileSet, body string) *ast.File {
	t.Helper()
	src := `package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

func init() { register("K", K) }

func K() {
` + body + `
}
`
	f, err := parser.ParseFile(fset, "k.go", src, parser.SkipObjectResolution)
	require.NoError(t, err)
	return f
}

// gofmt prints statements one below the other, without the empty lines where
// something stood.
func gofmt(t *testing.T, fset *token.FileSet, list []ast.Stmt) string {
	t.Helper()
	var b bytes.Buffer
	for _, s := range list {
		require.NoError(t, format.Node(&b, fset, s))
		b.WriteByte('\n')
	}
	return regexp.MustCompile(`\n+`).ReplaceAllString(b.String(), "\n")
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, reason, body, started, called string }{{
		name:    "yields and profile at the end",
		reason:  "the test must not give the goroutines time, nor take the profile",
		body:    "prof := pprof.Lookup(\"goroutineleak\")\ngo f()\nfor i := 0; i < yieldCount; i++ {\nruntime.Gosched()\n}\nprof.WriteTo(os.Stdout, 2)",
		started: "go f()\n",
		called:  "f()\n",
	}, {
		name:    "deferred profile",
		reason:  "so most kernels are written",
		body:    "prof := pprof.Lookup(\"goroutineleak\")\ndefer func() {\ntime.Sleep(1)\nprof.WriteTo(os.Stdout, 2)\n}()\ndefer stop()\nfor i := 0; i < 3; i++ {\ngo f(i)\n}",
		started: "defer stop()\nfor i := 0; i < 3; i++ {\n\tgo f(i)\n}\n",
		called:  "defer stop()\nfor i := 0; i < 3; i++ {\n\tf(i)\n}\n",
	}, {
		name:    "wait within the work",
		reason:  "only the waits for the profile go, and those are at the end",
		body:    "time.Sleep(1)\ngo func() {\ntime.Sleep(2)\n}()",
		started: "time.Sleep(1)\ngo func() {\n\ttime.Sleep(2)\n}()\n",
		called:  "time.Sleep(1)\nfunc() {\n\ttime.Sleep(2)\n}()\n",
	}, {
		name:    "several goroutines",
		reason:  "the others have to run before the test does the work of the first",
		body:    "go a()\ngo b()\ngo c()",
		started: "go a()\ngo b()\ngo c()\n",
		called:  "go b()\ngo c()\na()\n",
	}, {
		name:    "goroutine that starts goroutines",
		reason:  "the test is to take part in the deadlock and not only to start it",
		body:    "go func(i int) {\nx := i\ngo a(x)\ngo b(x)\n}(1)",
		started: "go func(i int) {\n\tx := i\n\tgo a(x)\n\tgo b(x)\n}(1)\n",
		called:  "func(i int) {\n\tx := i\n\tgo b(x)\n\ta(x)\n}(1)\n",
	}, {
		name:    "range",
		reason:  "a loop over a list is a loop",
		body:    "for range list {\ngo f()\n}",
		started: "for range list {\n\tgo f()\n}\n",
		called:  "for range list {\n\tf()\n}\n",
	}, {
		name:    "work after the go statement",
		reason:  "a call there would keep what follows from running",
		body:    "go f()\n<-c",
		started: "go f()\n<-c\n",
		called:  "go f()\n<-c\n",
	}, {
		name:    "exit",
		reason:  "the process has to come to its check",
		body:    "go func() {\nos.Exit(0)\n}()\nselect {}",
		started: "go func() {\n}()\nselect {}\n",
		called:  "go func() {\n}()\nselect {}\n",
	}, {
		name:    "profile in a case",
		reason:  "clauses have lists of statements of their own",
		body:    "switch {\ncase true:\nprof.WriteTo(os.Stdout, 2)\n}\nselect {\ncase <-c:\nprof.WriteTo(os.Stdout, 2)\n}",
		started: "switch {\ncase true:\n}\nselect {\ncase <-c:\n}\n",
		called:  "switch {\ncase true:\n}\nselect {\ncase <-c:\n}\n",
	}, {
		name:    "empty",
		reason:  "no statement is left to look at",
		body:    "runtime.Gosched()",
		started: "",
		called:  "",
	}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for m, want := range map[mode]string{started: row.started, called: row.called} {
				fset := token.NewFileSet()
				f := file(t, fset, row.body)
				rewrite(f, m)
				fns := registeredFuncs(f)
				require.Len(t, fns, 1)
				assert.Equal(t, want, gofmt(t, fset, fns[0].Body.List), "%s: %s", m, row.reason)
				assert.Equal(t, "kernels", f.Name.Name, "package main cannot be imported by its tests' main package")
			}
		})
	}
}

func TestRewriteImports(t *testing.T) {
	t.Parallel()
	imports := func(body string) []string {
		fset := token.NewFileSet()
		f := file(t, fset, body)
		rewrite(f, started)
		var b bytes.Buffer
		require.NoError(t, format.Node(&b, fset, f))
		f, err := parser.ParseFile(token.NewFileSet(), "", b.Bytes(), parser.ImportsOnly)
		require.NoError(t, err, b.String())
		var paths []string
		for _, imp := range f.Imports {
			paths = append(paths, imp.Path.Value)
		}
		return paths
	}
	assert.Empty(t, imports("prof := pprof.Lookup(\"goroutineleak\")\nprof.WriteTo(os.Stdout, 2)"), "nothing but the profile")
	assert.Equal(t, []string{`"os"`, `"time"`}, imports("time.Sleep(1)\ndefer os.Remove(\"x\")"), "what the kernel itself needs")
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		"go f()\nselect {}":            true,
		"select {\ncase <-c:\n}":       false,
		"go func() {\nselect {}\n}()":  false,
		"for {\nbreak\n}\n{\nf()\n}\n": false,
	} {
		fns := registeredFuncs(file(t, token.NewFileSet(), body))
		require.Len(t, fns, 1)
		assert.Equal(t, want, blocks(fns[0]), body)
	}
}
