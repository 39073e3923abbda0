package heap

import (
	"math"
	"time"
)

// NextTimer returns how long after the dump the first timer may fire, those of
// sleeping goroutines and of deadlines with them. It is the longest duration
// if there is none, and 0 where the time of the dump is not known.
func (g *Graph) NextTimer() time.Duration {
	if g.now == 0 {
		return 0
	}
	next := int64(math.MaxInt64)
	for _, h := range g.timers {
		for _, w := range h.when {
			if w.timer != g.probe && !g.internalTimer(w) {
				next = min(next, max(w.when-g.now, 1))
			}
		}
	}
	return time.Duration(next)
}

// Taken returns when the dump was written, from which the times of timers count.
func (g *Graph) Taken() time.Time { return g.taken }

// internalTimer reports whether a timer is one of the runtime's own, which
// calls nothing of the program: that of the scavenger.
func (g *Graph) internalTimer(w timerWhen) bool {
	if !w.bare || w.timer == none {
		return false
	}
	for _, to := range g.out(w.timer) {
		if !g.isRuntime.has(to) {
			return false
		}
	}
	return true
}
