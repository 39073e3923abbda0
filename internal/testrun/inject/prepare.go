package inject

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
)

// Request says what is to be tested and how it is to be checked.
type Request struct {
	Go      Go
	Vars    map[string]string // the settings of Go named by [Vars]; nil to ask for them
	Overlay string            // the user's own -overlay file; "" for none
	Temp    string            // folder for what is written
	Sources fs.FS             // the sources of our packages
	Proofs  bool              // whether the runtime is to offer proofs
	Options Options

	Files map[string][]byte // further files for the go command to see, by their absolute paths
	Std   map[string][]byte // the same, by their paths below GOROOT/src
}

// Vars are the settings of the go command that [Prepare] wants (go help environment).
var Vars = []string{"GOROOT", "GOMODCACHE"}

// Plan is what [Prepare] has made ready.
type Plan struct {
	Go      Go     // the go command to run, which may be another one than was asked
	Overlay string // the file for -overlay
	// Children is the same for the programs that tests build, "" without
	// Options.Children.
	Children string
}

// Prepare writes the overlay that adds the checks.
func Prepare(ctx context.Context, r Request) (*Plan, error) {
	base, err := filepath.Abs(r.Go.Dir)
	if err != nil {
		return nil, err
	}
	if r.Vars == nil {
		if r.Vars, err = r.Go.Var(ctx, Vars...); err != nil {
			return nil, err
		}
	}
	root, err := r.Go.settle(r.Vars, r.Temp)
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
	files, err := r.files(root, o)
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
	plan := &Plan{Go: r.Go}
	if plan.Overlay, err = o.write(); err == nil && r.Options.Children {
		plan.Children, err = o.writeChildren(root)
	}
	return plan, err
}

// files are those that the go command gets to see below GOROOT/src.
func (r *Request) files(root goroot, o *overlay) (map[string][]byte, error) {
	files, err := root.patched(o, r.Proofs)
	if err != nil {
		return nil, err
	}
	if r.Options.Children {
		started, err := root.children(o)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, started)
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
	files[options] = r.Options.source()
	return files, nil
}
