package main

import (
	"runtime"
	"time"
)

// cost is what a call takes.
type cost struct {
	time      time.Duration // the shortest seen
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
	start := time.Now()
	for round := 0; round < maxRounds && (round < minRounds || time.Since(start) < budget); round++ {
		for i, f := range fs {
			if costs[i].time > maxSlow {
				continue
			}
			runtime.GC() // each starts with the same heap
			began := time.Now()
			result := f()
			took := time.Since(began)
			runtime.KeepAlive(result)
			if costs[i].time == 0 || took < costs[i].time {
				costs[i].time = took
			}
		}
	}
	return costs
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
