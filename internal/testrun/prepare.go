package testrun

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// prepared is a run of go test that is about to begin.
type prepared struct {
	plan *inject.Plan
	args []string // for the go command
	mode Mode

	request  inject.Request
	baseline string // absolute path of its file; "" for none
}

// prepare writes the overlay that adds the checks.
func prepare(ctx context.Context, o *Options, args *Args, temp string) (*prepared, error) {
	env, err := args.goEnv()
	if err != nil {
		return nil, err
	}
	g := inject.Go{Dir: args.dir, Env: env}
	vars, err := g.Var(ctx, "GOFLAGS", "GOEXPERIMENT")
	if err != nil {
		return nil, err
	}
	p := &prepared{}
	r := inject.Request{
		Go: g, Flags: args.files, Patterns: args.packages, Temp: temp, Sources: goroutine.Sources,
		Proofs: !o.NoProof && !named(vars["GOEXPERIMENT"], "nogoroutineleakprofile"), Also: o.Also,
		Options: inject.Options{
			PerPackage: o.PerPackage, ProvenOnly: o.ProvenOnly, NoProof: o.NoProof, Ignore: o.Ignore, Update: o.Update,
		},
	}
	r.Overlay = args.fromGoFlags(splitGoFlags(vars["GOFLAGS"]))
	p.mode = args.mode()
	if o.Baseline != "" {
		if p.baseline, err = filepath.Abs(o.Baseline); err != nil {
			return nil, err
		}
		r.Options.Baseline = p.baseline
	}
	if o.Confirm {
		// Only what is made once per process is to be added, which is known later.
		r.Options.Tell, r.Options.Update = true, false
		if _, err := os.Stat(p.baseline); err != nil {
			r.Options.Baseline = ""
		}
	}
	p.request = r
	if p.plan, err = inject.Prepare(ctx, r); err != nil {
		return nil, err
	}
	p.args = args.args(p.plan.Overlay)
	return p, nil
}

// goEnv is the environment for the go command: the user's own, as the tests are
// to see it.
func (g *Args) goEnv() ([]string, error) {
	env := os.Environ()
	if g.dir == "" {
		return env, nil
	}
	dir, err := filepath.Abs(g.dir)
	if err != nil {
		return nil, err
	}
	return append(env, "PWD="+dir), nil // as -C does it
}

// named reports whether a list with commas has the name.
func named(list, name string) bool { return strings.Contains(","+list+",", ","+name+",") }
