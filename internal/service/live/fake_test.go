package live

import (
	"sync/atomic"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// fake is a process whose clock and goroutines a test sets.
type fake struct {
	clock      time.Time
	records    []pprofile.Record // of the goroutine profile; ids and Leaked are taken out
	leaked     []pprofile.Record
	goroutines []pprofile.Record // of the full text
	noProof    string
	takes      time.Duration // of a profile
	err        error

	requests requests.Table // in flight

	heapBytes int64
	heaps     int // that were read

	profiles, proofs, dumps int
	inside                  atomic.Int32
	hold                    chan struct{} // a profile waits for it
}

func newFake() *fake {
	f := &fake{clock: time.Unix(1000, 0)}
	f.requests.Now = f.now
	return f
}

func (f *fake) now() time.Time     { return f.clock }
func (f *fake) whyNoProof() string { return f.noProof }

func (f *fake) heapSize() int64 { return f.heapBytes }

func (f *fake) heap(gs []stackparse.Goroutine) (map[int64]heap.Fact, error) {
	f.heaps++
	facts := map[int64]heap.Fact{}
	for i := range gs {
		facts[gs[i].ID] = heap.Fact{Known: true, Unreachable: true}
	}
	return facts, f.err
}

func (f *fake) inFlight() requests.View { return f.requests.Look() }

func (f *fake) count() int {
	n := 0
	for _, r := range f.records {
		n += int(r.Count)
	}
	return n
}

func (f *fake) profile(name string) ([]pprofile.Record, error) {
	if f.inside.Add(1) > 1 {
		panic("two looks at once")
	}
	defer f.inside.Add(-1)
	if f.hold != nil {
		<-f.hold
	}
	if f.takes > 0 {
		f.clock = f.clock.Add(f.takes)
	}
	if name == leaks {
		f.proofs++
		return clone(f.leaked), f.err
	}
	f.profiles++
	return clone(f.records), f.err
}

func (f *fake) dump() []pprofile.Record {
	f.dumps++
	return clone(f.goroutines)
}

func clone(recs []pprofile.Record) []pprofile.Record {
	var out []pprofile.Record
	for _, r := range recs {
		out = append(out, pprofile.Record{Count: r.Count, Goroutine: r.Goroutine.Clone()})
	}
	return out
}

// at is n goroutines in a state, in a function of the program.
func at(n int, state, fn string, labels ...stackparse.Label) pprofile.Record {
	return pprofile.Record{Count: int64(n), Goroutine: &stackparse.Goroutine{State: state, Labels: labels,
		Frames: []stackparse.Frame{{Func: fn, Args: "0xc000012345", File: "/src/shop/shop.go", Line: 7}}}}
}
