package live

import (
	"math"
	"time"
)

// Floor decides from the number of goroutines alone when it has grown by a step
// that is worth a look. It knows no clock but the times it is given, so it can be
// run over any series of numbers.
//
// The floor is the number that growth is measured from. A step puts it where the
// step led, so that one rise is told once and a leak again and again, at greater
// numbers each time. Where fewer goroutines are left, the floor sinks towards
// them, by half the distance each HalfLife: a dip of seconds does not make the
// return from it news, and a leak after a night of little traffic is not
// measured against the peak of the day. It never rises by itself: a slow leak
// would lift it along.
type Floor struct {
	Step     int           // least growth; 100 if 0
	Ratio    float64       // growth as a part of the floor, whichever is more; 0.5 if 0
	HalfLife time.Duration // 10 min if 0

	level float64
	last  time.Time // zero before the first number
}

const (
	defaultStep     = 100
	defaultRatio    = 0.5
	defaultHalfLife = 10 * time.Minute
)

// Observe takes the number of goroutines at a time that is not before that of
// the last call, and reports whether it is a step over the floor. The floor
// stays where it is until [Floor.Raise]: who could do nothing about a step is
// told again. The first number is where the floor begins.
func (f *Floor) Observe(at time.Time, n int) (step bool) {
	if f.last.IsZero() {
		f.level = float64(n)
	}
	if over := f.level - float64(n); over > 0 {
		half := or(f.HalfLife, defaultHalfLife)
		f.level = float64(n) + over*math.Exp2(-float64(max(0, at.Sub(f.last)))/float64(half))
	}
	f.last = at
	return float64(n) >= f.level+f.step()
}

// Raise puts the floor at n.
func (f *Floor) Raise(n int) { f.level = float64(n) }

// Level is the floor as of the last call.
func (f *Floor) Level() int { return int(math.Ceil(f.level)) }

func (f *Floor) step() float64 {
	step, ratio := f.Step, f.Ratio
	if step == 0 {
		step = defaultStep
	}
	if ratio == 0 {
		ratio = defaultRatio
	}
	return max(float64(step), ratio*f.level)
}
