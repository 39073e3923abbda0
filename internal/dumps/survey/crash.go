package survey

import (
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// Crash is the end of a process, and the goroutines that its dump shows.
type Crash struct {
	*pprofile.Crash
	Goroutine int64 // the one that crashed; 0 where none did or it is not shown
	Shown     int64 // goroutines in the dump
}

// crasher is a Source that tells of crashes.
type crasher interface{ Crash() *pprofile.Crash }

// crashed takes a goroutine of the dump of a crash. The runtime prints the one
// that crashed first.
func (s *Survey) crashed(c *pprofile.Crash, r *pprofile.Record) {
	const most = 5
	n := len(s.Crashes)
	if n == 0 || s.Crashes[n-1].Crash != c {
		if n == most {
			return
		}
		s.Crashes = append(s.Crashes, Crash{Crash: c})
		n++
	}
	crash := &s.Crashes[n-1]
	crash.Shown += r.Count
	g := r.Goroutine
	switch {
	case c.Deadlock:
		// The runtime says that nothing can wake any of them. Its own wait for
		// work, and are no part of it.
		g.Leaked = g.Leaked || cause.Old.Leak(g.State) && !Harmless(trimmed(g))
	case crash.Shown == 1 && !c.Asked && g.ID != 0 && len(c.Stack) == 0 && !s.o.Mixed && !Harmless(trimmed(g)):
		crash.Goroutine = g.ID
	}
}
