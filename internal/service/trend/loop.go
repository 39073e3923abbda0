package trend

import (
	"context"
	"time"
)

// Loop looks at something again and again.
type Loop struct {
	Interval time.Duration // between the beginnings of two looks; a look that takes longer is not hurried
	For      time.Duration // when to end; 0 is never
	Looks    int           // after how many looks to end; 0 is never
}

// Run calls look at once and then at each interval, until the time is over or
// the context ends, which it also passes on to look. One look is made at a
// time, and at least one in all. It returns true if the time or the number of
// looks was over, and false if the context has ended.
func (l Loop) Run(ctx context.Context, look func(context.Context)) bool {
	ticker := time.NewTicker(l.Interval)
	defer ticker.Stop()
	var end <-chan time.Time
	if l.For > 0 {
		timer := time.NewTimer(l.For)
		defer timer.Stop()
		end = timer.C
	}
	for n := 1; ; n++ {
		look(ctx)
		if n == l.Looks && ctx.Err() == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-end:
			return true
		default: // the end, where it is due as well, comes before another look
		}
		select {
		case <-ctx.Done():
			return false
		case <-end:
			return true
		case <-ticker.C:
		}
	}
}
