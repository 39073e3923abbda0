// Package usage has what runs of programs take.
package usage

import (
	"slices"
	"time"
)

// Cost is what a run takes: on the clock, and of all processors.
type Cost struct{ Clock, Processor time.Duration }

// Plus is the cost of both.
func (c Cost) Plus(d Cost) Cost { return Cost{c.Clock + d.Clock, c.Processor + d.Processor} }

// Median returns the middle one of the times on the clock, and of those of the
// processors, of runs that are not empty; of an even number the lesser of the two in
// the middle.
func Median(runs []Cost) Cost {
	var clock, processor []time.Duration
	for _, c := range runs {
		clock, processor = append(clock, c.Clock), append(processor, c.Processor)
	}
	slices.Sort(clock)
	slices.Sort(processor)
	return Cost{clock[(len(runs)-1)/2], processor[(len(runs)-1)/2]}
}

// Ratio returns a divided by b, 0 where b is not known.
func Ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
