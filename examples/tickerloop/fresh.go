package tickerloop

import "sync/atomic"

// Fresh is a value that is fetched again from time to time.
type Fresh struct {
	value atomic.Int64
	stop  chan struct{}
	done  chan struct{}
}

// Value returns what was fetched last.
func (f *Fresh) Value() int64 { return f.value.Load() }
