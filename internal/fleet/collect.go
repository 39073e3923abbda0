package fleet

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// Bounds on the memory for a fleet, whatever its size and its answers.
const (
	maxKinds         = 50_000 // locations of all instances
	maxInstanceKinds = 5_000  // locations of one
	maxInstanceCalls = 50_000 // calls of these
	maxFrames        = 200    // calls kept of a location
)

// Collector fetches profiles.
type Collector struct {
	Loader      load.Loader // its MaxMemory bounds what one instance may take
	Concurrency int         // instances at a time

	// Done, if not nil, is called after each instance, one call at a time.
	Done func(Instance)
}

// Instance is a target that was asked for its goroutines.
type Instance struct {
	Target
	Total   int64 // goroutines
	Crowded int64 // of these, at locations beyond the bound
	Err     error // why there are none, or not all

	kinds  []pprofile.Record // its goroutines by location, for the history
	before map[uint64]int64  // its goroutines by the hash of their location in an earlier profile; nil if there is none
	age    time.Duration     // of that profile
}

// Fleet is what the instances have answered together.
type Fleet struct {
	Instances []Instance // in the order of the targets

	seed      maphash.Seed
	index     map[uint64]int // into locations
	locations []location
	crowded   int64 // goroutines at locations beyond the bound
}

// location is a stack and state, with the goroutines of each instance there.
type location struct {
	goroutine *stackparse.Goroutine
	hash      uint64
	counts    []count // of suspects
	peers     []count
	leaked    int64            // of all suspects
	routes    map[string]int64 // of suspects: the requests or jobs that started them
}

// count is the goroutines of an instance.
type count struct {
	instance int // index into Instances
	n        int64
}

// Collect asks all targets, a few at a time. A problem with one is recorded in its
// Instance. It ends early when the context does.
func (c *Collector) Collect(ctx context.Context, targets []Target) *Fleet {
	f := &Fleet{Instances: make([]Instance, len(targets)), seed: maphash.MakeSeed(), index: map[uint64]int{}}
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(max(c.Concurrency, 1), len(targets)) {
		workers.Go(func() {
			for i := range next {
				in, kinds := c.fetch(ctx, f, targets[i])
				mu.Lock()
				f.add(i, in, kinds)
				if c.Done != nil {
					c.Done(in)
				}
				mu.Unlock()
			}
		})
	}
	for i := range targets {
		next <- i
	}
	close(next)
	workers.Wait()
	return f
}

// kind is the goroutines of one instance at one location.
type kind struct {
	goroutine *stackparse.Goroutine
	n, leaked int64
	routes    map[string]int64
}

// fetch reads the goroutines of one target, by the hash of their stacks.
func (c *Collector) fetch(ctx context.Context, fleet *Fleet, t Target) (Instance, map[uint64]*kind) {
	in := Instance{Target: t}
	if err := ctx.Err(); err != nil {
		in.Err = fmt.Errorf("not asked: %w", err)
		return in, nil
	}
	loader := c.Loader
	f, err := loader.Open(ctx, t.URL)
	if err != nil {
		in.Err = err
		return in, nil
	}
	defer f.Close()
	kinds := map[uint64]*kind{}
	calls := 0
	for f.Scan() {
		r := f.Record()
		if r.Count <= 0 { // a profile may say anything
			continue
		}
		in.Total += r.Count
		h := fleet.hash(r.Goroutine)
		k := kinds[h]
		if k == nil {
			if len(kinds) == maxInstanceKinds || calls >= maxInstanceCalls {
				in.Crowded += r.Count
				continue
			}
			k = &kind{goroutine: example(r.Goroutine)}
			calls += len(k.goroutine.Frames)
			kinds[h] = k
		}
		k.n += r.Count
		if r.Goroutine.Leaked {
			k.leaked += r.Count
		}
		if route, ok := r.Goroutine.Label(owner.Route); ok {
			k.routes = addRoute(k.routes, route, r.Count)
		}
	}
	in.Err = f.Err()
	return in, kinds
}

// maxRoutes bounds the routes that are counted on their own at a location.
const maxRoutes = 200

func addRoute(routes map[string]int64, route string, n int64) map[string]int64 {
	if routes == nil {
		routes = map[string]int64{}
	}
	if _, ok := routes[route]; ok || len(routes) < maxRoutes {
		routes[route] += n
	}
	return routes
}

// example is a copy of g without what belongs to one goroutine or one instance
// alone.
func example(g *stackparse.Goroutine) *stackparse.Goroutine {
	g = g.Clone()
	g.ID, g.Labels, g.Unparsed, g.Ancestors = 0, nil, nil, nil
	g.Leaked = false
	if len(g.Frames) > maxFrames {
		g.Elided += len(g.Frames) - maxFrames
		g.Frames, g.ElidedAt = g.Frames[:maxFrames:maxFrames], maxFrames
	}
	return g
}

// hash is of what goroutines of all instances have in common that are at one
// location: their calls and go statement with their lines, and the state, which may
// be said by some forms of profiles only.
func (f *Fleet) hash(g *stackparse.Goroutine) uint64 {
	return maphash.String(f.seed, stackparse.SameLines.Key(g))
}

// add puts an instance's goroutines to those of the others.
func (f *Fleet) add(i int, in Instance, kinds map[uint64]*kind) {
	for h, k := range kinds {
		n, ok := f.index[h]
		if !ok {
			if len(f.locations) == maxKinds {
				f.crowded += k.n
				continue
			}
			n = len(f.locations)
			f.index[h] = n
			f.locations = append(f.locations, location{goroutine: k.goroutine, hash: h})
		}
		l := &f.locations[n]
		if in.Peer {
			l.peers = append(l.peers, count{i, k.n})
		} else {
			l.counts = append(l.counts, count{i, k.n})
			l.leaked += k.leaked
			for route, n := range k.routes {
				l.routes = addRoute(l.routes, route, n)
			}
		}
		in.kinds = append(in.kinds, pprofile.Record{Count: k.n, Goroutine: l.goroutine}) // shared by all instances
	}
	f.Instances[i] = in
}

// Sample returns a goroutine of each location.
func (f *Fleet) Sample() []stackparse.Goroutine {
	gs := make([]stackparse.Goroutine, len(f.locations))
	for i := range gs {
		gs[i] = *f.locations[i].goroutine
	}
	return gs
}

// Answered returns the number of instances that have told of goroutines, without
// peers.
func (f *Fleet) Answered() int {
	n := 0
	for i := range f.Instances {
		if f.Instances[i].Total > 0 && !f.Instances[i].Peer {
			n++
		}
	}
	return n
}

// Failed returns the instances with an error.
func (f *Fleet) Failed() []Instance {
	return slices.DeleteFunc(slices.Clone(f.Instances), func(in Instance) bool { return in.Err == nil })
}
