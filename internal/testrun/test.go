package testrun

import (
	"errors"
	"os"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
)

// Options say what "leakcheck test" checks.
type Options struct {
	PerPackage bool     // each package once, when its tests are over, and not each test
	ProvenOnly bool     // report only what the runtime proves to be leaked
	NoProof    bool     // do not ask the runtime for proofs
	Also       bool     // packages with checks of their own get ours as well
	Ignore     []string // expressions of package filters
	Baseline   string   // a file of known leaks; "" for none
	Update     bool     // the baseline
	Confirm    bool     // run tests that leak several times in one process; what does not grow fails nothing
	Stress     Stress   // repeat all tests; the zero value does not
	Children   bool     // check programs that tests start as well, at their end
	NewFrom    string   // a revision of the repository; what tests leave there as well fails nothing; "" for none

	Fix    bool          // look for changes that end the leaks
	FixFor time.Duration // no longer than this
}

// Test runs go test with checks and returns what became of it, and whether go
// test failed. The summary is nil where the signals of in came before the tests
// began.
func (o *Options) Test(in *Interrupts, args *Args, s Streams) (sum *Summary, failed bool, err error) {
	in.PassDumps()
	temp, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "leakcheck-")
	if err != nil {
		return nil, false, err
	}
	defer os.RemoveAll(temp)
	p, err := prepare(in.Context(), o, args, temp)
	if err != nil {
		if in.Context().Err() != nil {
			return nil, true, nil // interrupted: as go test, say no more
		}
		return nil, false, err
	}
	out := newProgress(s)
	run := NewRun(p.mode, out.stdout(), out.stderr(), out.count)
	g := p.plan.Go
	cmd := goCommand{name: g.Name(), args: p.args, dir: g.Dir, env: g.Env, stdout: run, stderr: out.stderr()}
	code, err := cmd.run(in)
	run.Close(code)
	out.done()
	if err != nil {
		return nil, false, err
	}
	if code == exitUsage && len(run.Packages()) == 0 {
		return nil, false, errors.New("go test did not start, see above")
	}
	defer func() { run.Decide(failed) }()
	for _, pkg := range run.Packages() {
		adopt(pkg.Reports, pkg.again)
	}
	p.findWays(in, args, run.Packages())
	sum = &Summary{Packages: run.Packages(), Confirmed: o.Confirm, NewFrom: o.NewFrom}
	err = o.repeat(p, in, args, sum)
	sum.Dirs = p.dirs(args, sum.Packages)
	if o.Fix && err == nil {
		err = p.fix(in, args, o.FixFor, sum)
	}
	sum.Interrupted = in.Context().Err() != nil
	failed = code != 0
	for _, pkg := range sum.Packages {
		failed = failed || pkg.Failing() > 0
	}
	return sum, failed, err
}

// repeat runs tests again, as the options ask for it. What it fails to do leaves
// what was found as it is.
func (o *Options) repeat(p *prepared, in *Interrupts, args *Args, sum *Summary) error {
	if o.Stress != (Stress{}) && in.Context().Err() == nil {
		notes, err := p.stress(in, args, o.Stress, sum.Packages)
		if err != nil {
			return err
		}
		sum.Notes = append(sum.Notes, notes...)
	}
	if o.NewFrom != "" && in.Context().Err() == nil {
		notes, err := p.compare(in, args, sum.Packages)
		if err != nil {
			return err
		}
		sum.Notes = append(sum.Notes, notes...)
	}
	if !o.Confirm || in.Context().Err() != nil {
		return nil
	}
	if err := p.confirm(in, args, sum.Packages); err != nil {
		return err
	}
	if o.Update {
		name := p.baseline
		return baseline.Edit(name, o.Baseline,
			func(b baseline.Baseline) baseline.Baseline { return entries(b, sum.Packages) })
	}
	return nil
}
