package inject

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Request says what is to be tested and how it is to be checked.
type Request struct {
	Go         Go
	Flags      []string // flags of go test that decide which files belong to a package
	Patterns   []string // packages, or .go files, as go test takes them
	Overlay    string   // the user's own -overlay file; "" for none
	Temp       string   // folder for what is written
	Sources    fs.FS    // the sources of our packages
	PerPackage bool     // only TestMain is changed
	Options    []string // Go expressions of type leakcheck.Option, for every check
}

// Plan is what [Prepare] has made ready.
type Plan struct {
	Overlay  string            // the file for -overlay
	Files    []string          // files to be added to the .go files of Request.Patterns
	Packages []string          // import paths of the packages with checks, sorted
	Dirs     map[string]string // their folders
	Left     []Left            // what is not checked, or not wholly
	Tests    int               // tests, benchmarks, subtests and fuzz callbacks with a check
}

// Left is a package that is left without checks, or with fewer.
type Left struct {
	Package string
	Why     string
	Own     bool // because it checks for leaks itself
}

// checkers are the import paths of packages that check for leaks, with what is
// below them.
var checkers = []string{
	"go.uber.org/goleak",
	modulePath + "/leakcheck",
	"github.com/fortytw2/leaktest",
	"github.com/onsi/gomega/gleak",
}

// folder is where our packages appear in the module under test. Patterns do
// not match folders whose name begins with an underscore.
const folder = "_leakcheck"

// mainFile is the file with the TestMain of a package that has none.
const mainFile = "leakcheck_testmain_test.go"

// Prepare lists the packages and writes the overlay that adds the checks. A
// package that cannot be changed is no error but an entry of Plan.Left; go test
// says itself what is wrong with a package that does not build.
func Prepare(ctx context.Context, r Request) (*Plan, error) {
	base, err := filepath.Abs(r.Go.Dir)
	if err != nil {
		return nil, err
	}
	o, err := newOverlay(r.Temp, base, r.Overlay)
	if err != nil {
		return nil, err
	}
	pkgs, err := r.Go.list(ctx, r.Flags, r.Patterns)
	if err != nil {
		return nil, err
	}
	p := &preparation{Request: r, overlay: o, modules: map[string]string{}, plan: &Plan{Dirs: map[string]string{}}}
	for i := range pkgs {
		if err := p.add(ctx, &pkgs[i]); err != nil {
			return nil, err
		}
	}
	slices.Sort(p.plan.Packages)
	p.plan.Overlay, err = o.write()
	return p.plan, err
}

// preparation is the work of one Prepare.
type preparation struct {
	Request
	overlay *overlay
	modules map[string]string // folder of a module -> import path of ours in it
	main    []goModule        // asked for once it is needed
	plan    *Plan
}

// add changes the tests of one package, or writes down why not.
func (p *preparation) add(ctx context.Context, pkg *goPackage) error {
	if len(pkg.TestGoFiles)+len(pkg.XTestGoFiles) == 0 {
		return nil // no tests, or none that go list can see, which go test reports
	}
	mod, err := p.module(ctx, pkg)
	if err != nil {
		return err
	}
	if mod == nil {
		why := "it is not in the module under test, whose files alone can be changed"
		if pkg.Standard {
			why = "it belongs to the standard library"
		}
		p.leave(pkg, why)
		return nil
	}
	t, err := p.readTests(pkg)
	if err != nil {
		p.leave(pkg, err.Error())
		return nil
	}
	if own := t.checker(); own != "" {
		p.plan.Left = append(p.plan.Left, Left{pkg.ImportPath, "it has checks of its own by " + own, true})
		return nil
	}
	importPath, err := p.install(mod)
	if err != nil {
		return err
	}
	return p.change(pkg, t, importPath)
}

func (p *preparation) leave(pkg *goPackage, why string) {
	p.plan.Left = append(p.plan.Left, Left{Package: pkg.ImportPath, Why: why})
}

// module returns the main module that pkg is in, nil when it is in none. Go
// list does not name the module of a package that consists of named files.
func (p *preparation) module(ctx context.Context, pkg *goPackage) (*goModule, error) {
	switch {
	case pkg.Standard:
		return nil, nil
	case pkg.Module != nil && pkg.Module.Main:
		return pkg.Module, nil
	case pkg.Module != nil:
		return nil, nil
	}
	if p.main == nil {
		mods, err := p.Go.mainModules(ctx, moduleFlags(p.Flags))
		if err != nil {
			return nil, err
		}
		p.main = mods
	}
	var best *goModule
	for i := range p.main {
		m := &p.main[i]
		if m.Dir != "" && (best == nil || len(m.Dir) > len(best.Dir)) && within(m.Dir, pkg.Dir) {
			best = m
		}
	}
	return best, nil
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// moduleFlags picks the flags that go list -m takes as well.
func moduleFlags(flags []string) []string {
	var out []string
	for _, f := range flags {
		if name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "="); name == "mod" || name == "modfile" || name == "overlay" {
			out = append(out, f)
		}
	}
	return out
}

// install makes our packages appear in mod and returns the import path of the
// one that injected code calls.
func (p *preparation) install(mod *goModule) (string, error) {
	if path, ok := p.modules[mod.Dir]; ok {
		return path, nil
	}
	name := folder
	for p.overlay.exists(filepath.Join(mod.Dir, name)) {
		name += "_"
	}
	base := mod.Path + "/" + name
	files, err := library(p.Sources, base)
	if err != nil {
		return "", err
	}
	files[optionsFile] = optionsSource(base, p.Options)
	if files[ignoreFile] == nil {
		return "", fmt.Errorf("%s: not among the embedded sources", ignoreFile)
	}
	files[ignoreFile] = []byte(ignoreSource)
	for file, text := range files {
		if err := p.overlay.add(filepath.Join(mod.Dir, name, filepath.FromSlash(file)), text); err != nil {
			return "", err
		}
	}
	p.modules[mod.Dir] = base + "/" + door
	return p.modules[mod.Dir], nil
}

// optionsFile is the file of package injected that is written anew.
const optionsFile = door + "/options.go"

func optionsSource(base string, options []string) []byte {
	return fmt.Appendf(nil, `//go:build %s

package injected

import (
	"%s/filters"
	"%s/leakcheck"
)

var list = []leakcheck.Option{%s}

func options() []leakcheck.Option { return list }

var _ filters.Filter // the options may do without
`, Release, base, base, strings.Join(options, ", "))
}

// ignoreFile is the file of package report that says how to ignore a finding.
const ignoreFile = "internal/engine/report/ignore.go"

// ignoreSource says it as a flag for the command, quoted for a shell.
const ignoreSource = `//go:build ` + Release + `

package report

import "strings"

func ignoring(expr string) string {
	return "-ignore '" + strings.ReplaceAll(expr, "'", "'\\''") + "'"
}
`

// change writes the changed test files of pkg.
func (p *preparation) change(pkg *goPackage, t *tests, importPath string) error {
	for _, f := range t.files {
		f.injectMain()
		if !p.PerPackage {
			f.injectTests()
		}
		if text := f.result(importPath); text != nil {
			if err := p.overlay.add(f.path, text); err != nil {
				return err
			}
		}
		p.plan.Tests += f.checks
	}
	p.plan.Packages = append(p.plan.Packages, pkg.ImportPath)
	p.plan.Dirs[pkg.ImportPath] = pkg.Dir
	if !t.hasMain() {
		return p.addMain(pkg, t, importPath)
	}
	if why := t.noRun(); why != "" {
		p.leave(pkg, why)
	}
	return nil
}

// addMain writes a TestMain for a package that has none.
func (p *preparation) addMain(pkg *goPackage, t *tests, importPath string) error {
	path := filepath.Join(pkg.Dir, mainFile)
	if p.overlay.exists(path) {
		return errors.New(path + ": this name is taken, but leakcheck test needs it")
	}
	text := fmt.Sprintf(`// Code generated by leakcheck test. DO NOT EDIT.

package %s

import (
	"os"
	"testing"

	%s %q
)

func TestMain(m *testing.M) { os.Exit(%s.Run(m)) }
`, t.files[0].tree.Name.Name, alias, importPath, alias)
	if pkg.ImportPath == "command-line-arguments" {
		// The go command wants all files named in the same way.
		p.plan.Files = append(p.plan.Files, filepath.Join(filepath.Dir(p.Patterns[0]), mainFile))
	}
	return p.overlay.add(path, []byte(text))
}
