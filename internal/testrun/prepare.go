package testrun

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
	"github.com/leakcheck-go/goroutine/internal/testrun/links"
	"github.com/leakcheck-go/goroutine/internal/testrun/options"
)

// prepared is a run of go test that is about to begin.
type prepared struct {
	plan *inject.Plan
	args []string // for the go command
	mode Mode

	request  inject.Request
	baseline string    // absolute path of its file; "" for none
	rev      *revision // to compare with; nil for none
}

// prepare writes the overlay that adds the checks.
func prepare(ctx context.Context, o *Options, args *Args, temp string) (*prepared, error) {
	env, err := args.goEnv()
	if err != nil {
		return nil, err
	}
	g := inject.Go{Dir: args.dir, Env: env}
	vars, err := g.Var(ctx, append(inject.Vars, "GOFLAGS", "GOEXPERIMENT")...)
	if err != nil {
		return nil, err
	}
	p := &prepared{}
	if o.NewFrom != "" {
		if args.fuzz {
			return nil, errors.New("-new-from compares tests, and -fuzz finds inputs that no other revision has")
		}
		if p.rev, err = findRevision(ctx, args.dir, o.NewFrom); err != nil {
			return nil, err
		}
	}
	r := inject.Request{
		Go: g, Vars: vars, Temp: temp, Kept: inject.KeptDir(), Sources: goroutine.Sources,
		Proofs: !o.NoProof && !named(vars["GOEXPERIMENT"], "nogoroutineleakprofile"),
		Options: options.Check{
			PerPackage: o.PerPackage, ProvenOnly: o.ProvenOnly, NoProof: o.NoProof, Ignore: o.Ignore, Update: o.Update,
			Also: o.Also || o.Fix, Both: o.Fix, Children: o.Children,
		},
	}
	r.Overlay = args.fromGoFlags(splitGoFlags(vars["GOFLAGS"]))
	if err := args.checkCoverage(); err != nil {
		return nil, err
	}
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
	r.Options.Tell = r.Options.Tell || p.rev != nil
	p.mode.Later = r.Options.Tell
	p.request = r // for further runs, which need not learn it again
	r.Options.Calls = o.Stress == Stress{}
	if p.plan, err = inject.Prepare(ctx, r); err != nil {
		return nil, err
	}
	if flag := p.plan.Children; flag != "" {
		// The go commands of tests get the flags of this one, and -overlay. Tests see that.
		flag, _ = links.Quote("-overlay=" + flag)
		p.plan.Go.Env = append(p.plan.Go.Env, "GOFLAGS="+vars["GOFLAGS"], "LEAKCHECK_GOFLAGS="+flag)
	}
	args.keepLinks()
	p.args = args.args(p.plan.Overlay)
	return p, nil
}

// dirs are the folders of the packages with findings, whose files reports name as
// seen from there. Where they cannot be listed the files keep these names.
func (p *prepared) dirs(a *Args, packages []*Package) map[string]string {
	patterns := a.packages
	var found []string
	for _, pkg := range packages {
		if len(pkg.Reports)+len(pkg.Known) > 0 {
			found = append(found, pkg.Path)
		}
	}
	switch {
	case len(found) == 0:
		return nil
	case found[0] == byFiles:
	case len(patterns) == 0 || len(patterns) == 1 && patterns[0] == ".":
		// The one package is that of the folder. Listing takes longer than many tests.
		if dir, err := filepath.Abs(p.plan.Go.Dir); err == nil {
			return map[string]string{found[0]: dir}
		}
	default:
		patterns = found
	}
	// An interrupt has ended the tests, and what they found is to be told.
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	list, err := p.plan.Go.List(ctx, a.files, patterns)
	if err != nil {
		return nil
	}
	dirs := map[string]string{}
	for i := range list {
		dirs[list[i].ImportPath] = list[i].Dir
	}
	return dirs
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
