package live

import (
	"cmp"
	"math"
	"time"
)

// Floor decides from the number of goroutines alone when it has grown by a step
// that is worth a look. It knows no clock but the times it is given, so it can be
// run over any series of numbers.
//
// The floor is the number that growth is measured from. A step puts it where the
// step led, so that one rise is reported once and a leak again and again, at greater
// numbers each time. Where fewer goroutines are left, the floor sinks towards
// them, by half the distance each HalfLife: a dip of seconds does not make the
// return from it news, and a leak after a night of little traffic is not
// measured against the peak of the day. It never rises by itself, as a slow leak
// would lift it along, but while the service warms up: what it starts then is
// what it works with.
type Floor struct {
	Step     int           // growth; if 0 it is half of the floor, but between 100 and 1,000
	HalfLife time.Duration // 10 min if 0
	WarmUp   time.Duration // from the first number; no step is reported in it; 0 is none

	level       float64
	first, last time.Time // zero before the first number
}

const (
	leastStep       = 100
	mostStep        = 1000 // a leak of a thousand is worth a look in a service of any size
	defaultRatio    = 0.5
	defaultHalfLife = 10 * time.Minute
)

// Observe takes the number of goroutines at a time that is not before that of
// the last call, and reports whether it is a step over the floor. The floor
// stays where it is until [Floor.Raise]: who could do nothing about a step is
// told again. The first number is where the floor begins.
func (f *Floor) Observe(at time.Time, n int) (step bool) {
	if f.last.IsZero() {
		f.level, f.first = float64(n), at
	}
	if at.Sub(f.first) < f.WarmUp {
		f.level, f.last = max(f.level, float64(n)), at
		return false
	}
	if over := f.level - float64(n); over > 0 {
		half := cmp.Or(f.HalfLife, defaultHalfLife)
		f.level = float64(n) + over*math.Exp2(-float64(max(0, at.Sub(f.last)))/float64(half))
		if f.level < float64(n)+0.5 {
			f.level = float64(n) // half of the distance never gets there
		}
	}
	f.last = at
	return float64(n) >= f.level+f.step()
}

// Raise puts the floor at n.
func (f *Floor) Raise(n int) { f.level = float64(n) }

func (f *Floor) step() float64 {
	if f.Step != 0 {
		return float64(f.Step)
	}
	return min(max(leastStep, defaultRatio*f.level), mostStep)
}
