package engine

import (
	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/settle"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Exit finds what the end of the process is about to cut off at its work. Of the
// options the wait counts, and what leaves goroutines out by themselves.
func Exit(options *Config) Outcome {
	return atExit(unproven{settle.Live{}}, options, "main", owner.Finding{})
}

// ExitOf finds what the end of another process has cut off, in a dump that it took
// then, of all its goroutines, with the one that ended it first. whose is the owner of
// them all.
func ExitOf(options *Config, process string, whose owner.Finding, gs []stackparse.Goroutine) Outcome {
	if len(gs) == 0 {
		return Outcome{}
	}
	return atExit(given{gs}, options, process, whose)
}

// atExit looks at a process that the first goroutine of the world's dumps ends.
func atExit(world settle.World, options *Config, subject string, whose owner.Finding) Outcome {
	cfg := &Config{Wait: options.Wait, Current: options.Current, Leave: options.Leave}
	for _, ig := range options.Ignored {
		// Here a goroutine has no test, and the exit is the cause of all findings.
		if !ig.filter.NeedsSubject() {
			cfg.Ignored = append(cfg.Ignored, ig)
		}
	}
	tree := source.Here()
	causeOf := func(g *stackparse.Goroutine) string { return cause.Of(g, tree).ID }
	// The error is that of a baseline, and cfg has none.
	found, _ := Check(world, Policy{
		Subject: subject, Config: cfg, Poll: true,
		Bounds: settle.Bounds{Limit: cfg.Wait, Most: cfg.Wait},
		Sort: func(d capture.Dump) Sorted {
			idle := wait.IdleConns(d.Goroutines)
			var s Sorted
			for i := range d.Goroutines {
				g := &d.Goroutines[i]
				if i > 0 && !idle[g.ID] && !byInit(g) && !OwnOrKnown(g) && wait.AtWork(g, tree, causeOf) &&
					!cfg.ignores(g) {
					s.Leaks = append(s.Leaks, report.Leak{Goroutine: *g, Owner: whose})
				}
			}
			return s
		},
		Remark: "still working when the process ended",
		Instead: &cause.Cause{Why: "main returned without waiting for it",
			Fix: "wait for it before main returns, with a sync.WaitGroup or an errgroup, or cancel it and then wait"},
	})
	return found
}

// unproven is a world that is not asked for a proof, which would cost a garbage
// collection.
type unproven struct{ settle.World }

// Prove implements [settle.World].
func (unproven) Prove() bool { return false }
