package inject

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Request says what is to be tested and how it is to be checked.
type Request struct {
	Go       Go
	Flags    []string // flags of go test that decide which files belong to a package
	Patterns []string // packages, or .go files, as go test takes them
	Overlay  string   // the user's own -overlay file; "" for none
	Temp     string   // folder for what is written
	Sources  fs.FS    // the sources of our packages
	Proofs   bool     // whether the runtime is to offer proofs
	Also     bool     // packages that check for leaks themselves are checked as well
	Options  Options

	Files map[string][]byte // further files for the go command to see, by their absolute paths
	Std   map[string][]byte // the same, by their paths below GOROOT/src
}

// Plan is what [Prepare] has made ready.
type Plan struct {
	Go       Go                // the go command to run, which may be another one than was asked
	Overlay  string            // the file for -overlay
	Packages []string          // import paths of the packages with checks, sorted
	Dirs     map[string]string // their folders
	Left     []Left            // what is not checked, or not wholly
}

// Left is a package that is left without checks.
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

// Prepare lists the packages and writes the overlay that adds the checks. Go
// test says itself what is wrong with a package that does not build.
func Prepare(ctx context.Context, r Request) (*Plan, error) {
	base, err := filepath.Abs(r.Go.Dir)
	if err != nil {
		return nil, err
	}
	root, err := r.Go.settle(ctx, r.Temp)
	if err != nil {
		return nil, err
	}
	if err := root.check(); err != nil {
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
	plan := &Plan{Go: r.Go, Dirs: map[string]string{}}
	for i := range pkgs {
		plan.add(&pkgs[i], r.Also)
	}
	slices.Sort(plan.Packages)
	files, err := r.files(root, o, plan)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, r.Std)
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		if err := o.add(name, r.Files[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := o.add(root.path(name), files[name]); err != nil {
			return nil, err
		}
	}
	plan.Overlay, err = o.write()
	return plan, err
}

// add sorts one package.
func (p *Plan) add(pkg *goPackage, also bool) {
	if len(pkg.TestGoFiles)+len(pkg.XTestGoFiles) == 0 {
		return // no tests, or none that go list can see, which go test reports
	}
	if own := pkg.checker(); own != "" && !also {
		p.Left = append(p.Left, Left{pkg.ImportPath, "it has checks of its own by " + own, true})
		return
	}
	p.Packages = append(p.Packages, pkg.ImportPath)
	p.Dirs[pkg.ImportPath] = pkg.Dir
}

// own are the packages that are left to their own checks.
func (p *Plan) own() []string {
	var own []string
	for _, l := range p.Left {
		if l.Own {
			own = append(own, l.Package)
		}
	}
	slices.Sort(own)
	return own
}

// files are those that the go command gets to see below GOROOT/src.
func (r *Request) files(root goroot, o *overlay, plan *Plan) (map[string][]byte, error) {
	files, err := root.patched(o, r.Proofs)
	if err != nil {
		return nil, err
	}
	lib, err := library(r.Sources)
	if err != nil {
		return nil, err
	}
	for name, text := range lib {
		files[name] = text
	}
	options := path.Join(libraryPath, hookDir, "options.go")
	if files[options] == nil {
		return nil, fmt.Errorf("%s: not among the embedded sources", options)
	}
	files[options] = r.Options.source(plan.own())
	return files, nil
}

// checker returns the import path of the leak checker that the tests of p
// import, or "".
func (p *goPackage) checker() string {
	for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
		if slices.ContainsFunc(checkers, func(c string) bool { return imported == c || strings.HasPrefix(imported, c+"/") }) {
			return imported
		}
	}
	return ""
}
