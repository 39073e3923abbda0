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
// time, and at least one in all.
func (l Loop) Run(ctx context.Context, look func(context.Context)) {
	over := ctx // a look that has begun goes on when the time is over
	if l.For > 0 {
		var cancel context.CancelFunc
		over, cancel = context.WithTimeout(ctx, l.For)
		defer cancel()
	}
	ticker := time.NewTicker(l.Interval)
	defer ticker.Stop()
	for n := 1; ; n++ {
		look(ctx)
		// The end, where it is due as well, comes before another look.
		if n == l.Looks || over.Err() != nil {
			return
		}
		select {
		case <-over.Done():
			return
		case <-ticker.C:
		}
	}
}
