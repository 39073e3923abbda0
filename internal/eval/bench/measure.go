package main

import (
	"runtime"
	"time"

	"github.com/leakcheck-go/goroutine/internal/eval/usage"
)

// cost is what a call takes.
type cost struct {
	time      time.Duration // by the clock, the shortest seen
	cpu       time.Duration // of all processors, the shortest seen
	allocs    uint64
	allocated uint64 // bytes
	retained  int64  // bytes that the result keeps
}

// Bounds on how often a function is called.
const (
	minRounds = 3
	maxRounds = 200
	maxSlow   = 2 * time.Second // what takes that long is called once
)

// measure calls all functions in turn, again and again for about the given
// time, and returns the best time of each. In turn, because a machine that is
// busy with something else then is so for all of them, and the best, because
// that is the time that nothing else has had a part in.
func measure(budget time.Duration, fs []func() any) []cost {
	costs := make([]cost, len(fs))
	for i, f := range fs {
		costs[i] = memory(f)
	}
	least := min(budget/100, 20*time.Millisecond)
	start := time.Now()
	for round := 0; round < maxRounds && (round < minRounds || time.Since(start) < budget); round++ {
		for i, f := range fs {
			if costs[i].time > maxSlow {
				continue
			}
			runtime.GC() // each starts with the same heap
			took, cpu := timed(f, least)
			if c := &costs[i]; c.time == 0 {
				c.time, c.cpu = took, cpu
			} else {
				c.time, c.cpu = min(c.time, took), min(c.cpu, cpu)
			}
		}
	}
	return costs
}

// timed calls f until it has taken so long that the clock of processors, which
// may tick in milliseconds, can tell, and returns what one call takes.
func timed(f func() any, least time.Duration) (took, cpu time.Duration) {
	for n := 1; ; n *= 4 {
		began, cpuBegan := time.Now(), usage.Own()
		for range n {
			runtime.KeepAlive(f())
		}
		took, cpu = time.Since(began), usage.Own()-cpuBegan
		if cpu >= least || took > 50*least {
			return took / time.Duration(n), cpu / time.Duration(n)
		}
	}
}

// memory calls f once and counts what it allocates and what is left of it.
func memory(f func() any) cost {
	var before, after, kept runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result := f()
	runtime.ReadMemStats(&after)
	runtime.GC()
	runtime.ReadMemStats(&kept)
	runtime.KeepAlive(result)
	return cost{
		allocs:    after.Mallocs - before.Mallocs,
		allocated: after.TotalAlloc - before.TotalAlloc,
		retained:  int64(kept.HeapAlloc) - int64(before.HeapAlloc),
	}
}
