package testrun

import (
	"errors"
	"os"
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
}

// Test runs go test with checks and returns what became of it, and whether go
// test failed. The summary is nil where the signals of in came before the tests
// began.
func (o *Options) Test(in *Interrupts, args *Args, s Streams) (sum *Summary, failed bool, err error) {
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
	out := newProgress(s, len(p.plan.Packages))
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
	p.findCalls(in, args, run.Packages())
	return &Summary{Plan: p.plan, Packages: run.Packages(), Interrupted: in.Context().Err() != nil}, code != 0, nil
}
