package inject

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/testrun/options"
)

// Request says what is to be tested and how it is to be checked.
type Request struct {
	Go      Go
	Vars    map[string]string // the settings of Go named by [Vars]; nil to ask for them
	Overlay string            // the user's own -overlay file; "" for none
	Temp    string            // folder for what is written
	Kept    string            // folder for files that are the same in the next run; "" for none
	Sources fs.FS             // the sources of our packages
	Proofs  bool              // whether the runtime is to offer proofs
	Options options.Check

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
	if err := o.keep(openKept(r.Kept), root, files); err != nil {
		return nil, err
	}
	// These differ from run to run.
	own := map[string][]byte{root.path(optionsFile): optionsSource(r.Options)}
	maps.Copy(own, r.Files)
	for name, text := range r.Std {
		own[root.path(name)] = text
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if err := o.add(name, own[name]); err != nil {
			return nil, err
		}
	}
	plan := &Plan{Go: r.Go}
	if plan.Overlay, err = o.write(); err == nil && r.Options.Children {
		plan.Children, err = o.writeChildren(root)
	}
	return plan, err
}

// optionsFile says what is checked, by its path below GOROOT/src.
const optionsFile = libraryPath + "/" + hookDir + "/options.go"

// optionsSource is the text of optionsFile.
func optionsSource(o options.Check) []byte {
	return fmt.Appendf(nil, "package hook\n\nimport %q\n\nvar opts = %#v\n", libraryPath+"/options", o)
}

// files are those that the go command gets to see below GOROOT/src, except for the
// options.
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
	if lib[optionsFile] == nil {
		return nil, fmt.Errorf("%s: not among the embedded sources", optionsFile)
	}
	delete(lib, optionsFile)
	maps.Copy(files, lib)
	return files, nil
}
