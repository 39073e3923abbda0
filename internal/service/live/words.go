package live

import (
	"fmt"
	"time"
)

// change is "12 more in 5m0s", or "" for none.
func change(n int, in time.Duration) string {
	switch {
	case n > 0:
		return fmt.Sprintf("%d more in %v", n, round(in))
	case n < 0:
		return fmt.Sprintf("%d fewer in %v", -n, round(in))
	}
	return ""
}

// round leaves as much of d as a person reads.
func round(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
}
