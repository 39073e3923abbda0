package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"go/format"
	"go/token"
	"path"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

const kernelModule = "example.com/kernels"

// toolchain is a go command.
type toolchain struct {
	name       string // as for GOTOOLCHAIN
	experiment string // as for GOEXPERIMENT
}

// output runs the go command in dir and returns what it prints.
func (t toolchain) output(ctx context.Context, dir string, args ...string) (string, error) {
	at := modules.Place{Dir: dir, Env: []string{"GOTOOLCHAIN=" + t.name}}
	if t.experiment != "" {
		at.Env = append(at.Env, "GOEXPERIMENT="+t.experiment)
	}
	if dir != "" { // in the module made for the kernels
		at.Env = append(at.Env, "GOFLAGS=-mod=mod", "GOWORK=off")
	}
	out, err := at.Output(ctx, "go", args...)
	return strings.TrimSpace(out), err
}

// testPackage is a package of rewritten kernels with its built tests.
type testPackage struct {
	path string // import path
	dir  string
	mode mode
	exe  string
}

// binary makes a package of p below dir and builds its tests. dir becomes the
// folder of a module that requires the checker alone, as it stands in the module
// of the working directory; what the checker's own tests need is not loaded, so
// nothing is fetched.
func (t toolchain) binary(ctx context.Context, dir string, p program, m mode) (testPackage, error) {
	pkg := testPackage{
		path: path.Join(kernelModule, p.name, string(m)),
		dir:  filepath.Join(dir, p.name, string(m)),
		mode: m,
	}
	pkg.exe = filepath.Join(pkg.dir, "kernels.test.exe")
	root, err := modules.Root(ctx)
	if err != nil {
		return pkg, err
	}
	mod := fmt.Sprintf("module %s\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %q\n", kernelModule, modules.Own,
		modules.Own, root)
	if err := modules.WriteFiles(dir, map[string]string{"go.mod": mod}); err != nil {
		return pkg, err
	}
	if err := p.write(pkg); err != nil {
		return pkg, err
	}
	_, err = t.output(ctx, pkg.dir, "test", "-c", "-o", pkg.exe, ".")
	return pkg, err
}

// write writes the rewritten files of p and their tests into the package's
// folder.
func (p program) write(pkg testPackage) error {
	files, tests, err := p.rewritten(pkg.mode, func(sourceFile) {})
	if err != nil {
		return err
	}
	if files["kernels_test.go"], err = generate(pkg.mode, tests); err != nil {
		return err
	}
	return modules.WriteFiles(pkg.dir, files)
}

// rewritten returns the files of p, rewritten for a mode after a change of their own,
// and a test of each kernel.
func (p program) rewritten(m mode, change func(sourceFile)) (
	files map[string][]byte, tests []generatedTest, err error,
) {
	fset := token.NewFileSet()
	parsed, err := p.parse(fset)
	if err != nil {
		return nil, nil, err
	}
	files = map[string][]byte{}
	for _, f := range parsed {
		change(f)
		rewrite(f.File, m)
		for _, fn := range registeredFuncs(f.File) {
			tests = append(tests, generatedTest{Name: fn.Name.Name, Blocks: m == started && blocks(fn)})
		}
		var b bytes.Buffer
		if err := format.Node(&b, fset, f.File); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f.name, err)
		}
		files[f.name] = b.Bytes()
	}
	return files, tests, nil
}

// generatedTest is the test of one kernel.
type generatedTest struct {
	Name   string
	Blocks bool // it never returns
}

// childText is the template of a package's tests. It brings along what runs in
// the child besides the kernels: the events it prints, the limit, and the stacks
// that distinguish a leak from none.
//
//go:embed child_test.go.tmpl
var childText string

// generate returns the source of the tests.
func generate(m mode, tests []generatedTest) ([]byte, error) {
	t, err := template.New("child_test.go").Parse(childText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Checker": modules.Own, "Mode": string(m), "Tests": tests})
	return b.Bytes(), err
}
