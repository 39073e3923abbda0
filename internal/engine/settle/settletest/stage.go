// Package settletest has a fake world for tests of code that looks at goroutines.
package settletest

import (
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Stage is a world that follows a script: what is there after how long. It
// counts what it is asked, because the number of dumps is the cost of a check.
type Stage struct {
	Start  time.Time
	Script func(elapsed time.Duration) []stackparse.Goroutine
	Proven bool // a proof marks all parked goroutines as leaked
	Needs  int  // proofs that it takes for that

	Dumps, Proofs, GCs int
}

func (s *Stage) now() []stackparse.Goroutine { return s.Script(time.Since(s.Start)) }

// Counters implements settle.World.
func (s *Stage) Counters() capture.Counters {
	return capture.Counters{Created: 10, Live: uint64(len(s.now()))}
}

// Dump implements settle.World.
func (s *Stage) Dump() capture.Dump {
	s.Dumps++
	gs := s.now()
	for i := range gs {
		gs[i].Leaked = s.Proven && s.Proofs > 0 && s.Proofs >= s.Needs && !wait.Moves(&gs[i])
	}
	return capture.Dump{Goroutines: gs, Counters: s.Counters()}
}

// Prove implements settle.World.
func (s *Stage) Prove() bool {
	s.Proofs++
	return s.Proven
}

// GC implements settle.World.
func (s *Stage) GC() { s.GCs++ }

// Parked is a goroutine that waits in state forever.
func Parked(id int64, state string) stackparse.Goroutine {
	return stackparse.Goroutine{ID: id, State: state,
		Frames: []stackparse.Frame{{Func: "shop.work", File: "/shop/work.go", Line: 7}}}
}
