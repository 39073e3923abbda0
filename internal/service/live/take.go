package live

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// The profiles of runtime/pprof that are taken. Writing the second one runs the
// garbage collection that finds the leaks; its stale count is never asked for.
const (
	goroutines = "goroutine"
	leaks      = "goroutineleak"
)

func (process) profile(name string) ([]pprofile.Record, error) {
	var b bytes.Buffer
	if err := pprof.Lookup(name).WriteTo(&b, 0); err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	recs, err := pprofile.Parse(b.Bytes())
	if len(recs) == 0 && err != nil && name == goroutines {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return recs, nil // what a newer runtime adds is no reason to have nothing
}

func (process) dump() []pprofile.Record {
	d := capture.All()
	recs := make([]pprofile.Record, len(d.Goroutines))
	for i := range d.Goroutines {
		recs[i] = pprofile.Record{Count: 1, Goroutine: &d.Goroutines[i]}
	}
	return recs
}

// bubble reports whether a testing/synctest bubble is alive: the goroutine that
// made it waits in Run for as long.
func bubble(recs []pprofile.Record) bool {
	return slices.ContainsFunc(recs, func(r pprofile.Record) bool {
		return r.Goroutine.State == "synctest.Run" || calls(r.Goroutine, "internal/synctest.Run")
	})
}

// looking reports whether g is here because of a look: it takes one or waits
// for one.
func looking(g *stackparse.Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return strings.HasPrefix(f.Func, "github.com/leakcheck-go/goroutine/internal/service/live.(*Surveyor).") ||
			strings.HasPrefix(f.Func, "github.com/leakcheck-go/goroutine/internal/service/live.(*sampler).")
	})
}

// watching reports whether g is a goroutine of leakhttp, which ends when it is
// told to.
func watching(g *stackparse.Goroutine) bool {
	return calls(g, "github.com/leakcheck-go/goroutine/leakcheck/leakhttp.(*Dumper).Run")
}

func calls(g *stackparse.Goroutine, fn string) bool {
	return slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return f.Func == fn })
}

// redact takes out what is not to be shown, before anything is made of it.
func (s *Surveyor) redact(recs []pprofile.Record) {
	if !s.HideLabels && !s.HideArgs {
		return
	}
	for _, r := range recs {
		g := r.Goroutine
		if s.HideLabels {
			g.Labels = slices.DeleteFunc(g.Labels, func(l stackparse.Label) bool {
				return l.Key != owner.Route && l.Key != owner.RouteSince
			})
		}
		if s.HideArgs {
			g.Unparsed = nil // nobody knows what that is
			hideArgs(g.Frames)
			for i := range g.Ancestors {
				hideArgs(g.Ancestors[i].Frames)
			}
		}
	}
}

// hideArgs leaves what says that there were arguments, as the runtime itself
// does for inlined calls.
func hideArgs(frames []stackparse.Frame) {
	for i := range frames {
		if frames[i].Args != "" {
			frames[i].Args = "..."
		}
	}
}

// mark splits records into the goroutines that are proven to be leaked and the
// others.
func mark(recs []pprofile.Record, proven wait.Proven) []pprofile.Record {
	if len(proven) == 0 {
		return recs
	}
	left := proven.Clone()
	out := make([]pprofile.Record, 0, len(recs))
	for _, r := range recs {
		n := left.Take(r.Goroutine, r.Count)
		if n > 0 {
			g := *r.Goroutine
			g.Leaked = true
			out = append(out, pprofile.Record{Count: n, Goroutine: &g})
		}
		if n < r.Count {
			out = append(out, pprofile.Record{Count: r.Count - n, Goroutine: r.Goroutine})
		}
	}
	return out
}
