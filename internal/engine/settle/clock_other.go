//go:build !unix && !windows

package settle

import (
	"sync/atomic"
	"time"
)

var ticks atomic.Int64

// realTime stands in for a clock that goes on in a testing/synctest bubble,
// which these systems do not offer: it counts how often it is asked, as if
// that took a hundred microseconds. Only differences mean something.
func realTime() time.Duration { return time.Duration(ticks.Add(1)) * 100 * time.Microsecond }
