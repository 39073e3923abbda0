package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/testrun"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// prepared is a run of go test that is about to begin.
type prepared struct {
	plan *inject.Plan
	args []string // for the go command
	mode testrun.Mode
}

// prepare writes the overlay that adds the checks.
func (o *testOptions) prepare(ctx context.Context, temp string) (*prepared, error) {
	env, err := o.goEnv()
	if err != nil {
		return nil, err
	}
	g := inject.Go{Dir: o.dir, Env: env}
	vars, err := g.Var(ctx, "GOFLAGS", "GOEXPERIMENT")
	if err != nil {
		return nil, err
	}
	p := &prepared{}
	r := inject.Request{
		Go: g, Flags: o.files, Patterns: o.packages, Temp: temp, Sources: goroutine.Sources,
		Proofs: !o.noProof && !named(vars["GOEXPERIMENT"], "nogoroutineleakprofile"), Also: o.also,
		Options: inject.Options{PerPackage: o.perPackage, ProvenOnly: o.provenOnly, NoProof: o.noProof, Ignore: o.ignore, Update: o.update},
	}
	r.Overlay = o.fromGoFlags(splitGoFlags(vars["GOFLAGS"]))
	p.mode = o.mode()
	if o.baseline != "" {
		if r.Options.Baseline, err = filepath.Abs(o.baseline); err != nil {
			return nil, err
		}
	}
	if p.plan, err = inject.Prepare(ctx, r); err != nil {
		return nil, err
	}
	p.args = o.args(p.plan.Overlay)
	return p, nil
}

// goEnv is the environment for the go command: the user's own, as the tests are
// to see it.
func (o *testOptions) goEnv() ([]string, error) {
	env := os.Environ()
	if o.dir == "" {
		return env, nil
	}
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	return append(env, "PWD="+dir), nil // as -C does it
}

// named reports whether a list with commas has the name.
func named(list, name string) bool { return strings.Contains(","+list+",", ","+name+",") }
