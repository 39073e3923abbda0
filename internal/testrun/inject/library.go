package inject

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	modulePath  = "github.com/leakcheck-go/goroutine"
	libraryPath = "leakcheckhook" // our packages as those of the standard library lie below it

	// dropped from the paths below libraryPath: internal ones would be closed to package testdeps
	ours    = "internal/testrun/"
	hookDir = "hook" // what package testdeps imports; the rest follows from its imports
)

// adopted is the path below libraryPath that the package in folder dir of our
// module gets.
func adopted(dir string) string { return strings.TrimPrefix(dir, ours) }

// Symbol is what the linker calls a variable of one of our packages in a test
// binary with the checks.
func Symbol(dir, variable string) string { return libraryPath + "/" + adopted(dir) + "." + variable }

// library returns the files of our packages that the checks need, by path below
// GOROOT/src. Tests are left out.
func library(src fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	queue := []string{ours + hookDir}
	for i := 0; i < len(queue); i++ {
		dir := queue[i]
		names, err := fs.Glob(src, path.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: not among the embedded sources", dir)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, imports, err := adopt(src, name)
			if err != nil {
				return nil, err
			}
			files[path.Join(libraryPath, adopted(dir), path.Base(name))] = text
			for _, p := range imports {
				if !slices.Contains(queue, p) {
					queue = append(queue, p)
				}
			}
		}
	}
	for name, text := range besides {
		files[name] = []byte(text)
	}
	return files, nil
}

// besides are files that work in the standard library alone, by path below
// GOROOT/src. They have package capture change what the runtime knows of GODEBUG
// without a change of the environment, which the tests and the programs that
// they start would see, and add a label without reading the others. A function
// without a body, which the go command allows for few packages, lies in one of
// them that not much depends on.
//
// What package testing calls is a variable of its own, and no package that it
// imports: for the tests' sake go test vets package testing and all that it
// imports, each in its folder, and our folders are there for the compiler alone.
var besides = map[string]string{
	"runtime/metrics/leakcheck.go": `package metrics

import _ "unsafe" // for linkname

//go:linkname runtimeSetenv syscall.runtimeSetenv
func runtimeSetenv(key, value string)

// LeakcheckGodebug is for leakcheck alone.
func LeakcheckGodebug(value string) { runtimeSetenv("GODEBUG", value) }
`,
	"runtime/pprof/leakcheck.go": `package pprof

import "context"

// LeakcheckLabel is for leakcheck alone. It adds a label to those of the calling
// goroutine.
func LeakcheckLabel(key, value string) {
	ctx := context.Background()
	if own := (*labelMap)(runtime_getProfLabel()); own != nil {
		ctx = context.WithValue(ctx, labelContextKey{}, own)
	}
	SetGoroutineLabels(WithLabels(ctx, Labels(key, value)))
}
`,
	"testing/leakcheck.go": `package testing

import (
	"os"
	"slices"
	"strings"
)

// LeakcheckPoints is for leakcheck alone.
var LeakcheckPoints struct {
	Test    func(t, fn any, fuzzing bool)
	Over    func(t any)
	Bench   func(b, fn any)
	Example func(name string, ok bool)
	Run     func() (end func(code int) int)
}

func leakcheckEnd(end func(code int) int, result, exitCode *int) {
	*result = end(*result)
	*exitCode = *result
}

func leakcheckExample(name string, ok *bool) { LeakcheckPoints.Example(name, *ok) }

// LeakcheckJSON is for leakcheck alone. It tells that "go test -json" runs the
// process. The command adds -json, and the -v that the user has: without the two,
// the arguments are those that go test gives.
var LeakcheckJSON = func() bool {
	const flag = "-test.v="
	i := slices.Index(os.Args, flag+"test2json")
	if i < 0 {
		return false
	}
	again := slices.IndexFunc(os.Args[i+1:], func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if again < 0 {
		return true
	}
	args := slices.Delete(slices.Clone(os.Args), i, i+1)
	if args[i+again] == flag+"false" { // as where it is not given
		args = slices.Delete(args, i+again, i+again+1)
	}
	os.Args = args
	return true
}()
`,
	libraryPath + "/hook/testing.go": `package hook

import "testing"

func init() { at = (*points)(&testing.LeakcheckPoints); connect(testing.LeakcheckJSON) }
`,
	libraryPath + "/internal/engine/capture/runtime.go": `package capture

import (
	"runtime/metrics"
	"runtime/pprof"
)

func init() { actOn, addLabel = metrics.LeakcheckGodebug, pprof.LeakcheckLabel }
`,
}

// adopt rewrites the imports of one of our files, and returns which of our
// packages it imports.
func adopt(src fs.FS, name string) (text []byte, imports []string, err error) {
	text, err = fs.ReadFile(src, name)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ImportsOnly)
	if err != nil {
		return nil, nil, err
	}
	var edits []Edit
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", fset.Position(spec.Pos()), err)
		}
		if dir, ok := strings.CutPrefix(p, modulePath+"/"); ok {
			imports = append(imports, dir)
			from, to := fset.PositionFor(spec.Path.Pos(), false).Offset, fset.PositionFor(spec.Path.End(), false).Offset
			edits = append(edits, Edit{from, to, strconv.Quote(libraryPath + "/" + adopted(dir))})
		}
	}
	return Splice(text, edits), imports, nil
}
