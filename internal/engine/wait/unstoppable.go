package wait

import (
	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// addUnstoppable adds the goroutines that one library uses on behalf of
// another whose own goroutine nothing can stop: viper's WatchConfig cannot be
// ended, and so neither can the fsnotify watcher that it made. The advice to
// close that watcher would be for somebody who does not have it.
//
// Only what the catalogue knows to be a library's counts. A goroutine of the
// user's code that a callback started there is the user's own.
func addUnstoppable(idle map[int64]bool, gs []stackparse.Goroutine) {
	creators := map[int64]bool{}
	for i := range gs {
		// Goroutine 1 is no library's. Most goroutines are started by it or by one that
		// ended, and building the catalogue for them would take longer than all the rest.
		if c := gs[i].Creator; c != nil && c.Goroutine != 1 {
			creators[c.Goroutine] = true
		}
	}
	unstoppable := map[int64]bool{}
	for i := range gs {
		if !creators[gs[i].ID] {
			continue
		}
		if e, ok := filters.Lookup(&gs[i]); ok && e.Class == filters.ClassBenign && e.Module != "std" {
			unstoppable[gs[i].ID] = true
		}
	}
	for i := range gs {
		g := &gs[i]
		if g.Creator == nil || !unstoppable[g.Creator.Goroutine] {
			continue
		}
		if e, ok := filters.Lookup(g); ok && e.Module != "std" {
			idle[g.ID] = true
		}
	}
}
