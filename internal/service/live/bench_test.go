package live

import (
	"context"
	"math"
	"runtime/metrics"
	"slices"
	"testing"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// pauses are the stops of the world that the runtime counts: those of the
// collector and all others.
var pauses = []string{"/sched/pauses/total/gc:seconds", "/sched/pauses/total/other:seconds"}

func readPauses() []metrics.Sample {
	s := make([]metrics.Sample, len(pauses))
	for i, name := range pauses {
		s[i].Name = name
	}
	metrics.Read(s)
	return s
}

// longest is the longest stop between two readings, in milliseconds: the upper
// end of its bucket.
func longest(before, after []metrics.Sample) float64 {
	most := 0.0
	for i := range after {
		h, old := after[i].Value.Float64Histogram(), before[i].Value.Float64Histogram()
		for j := range h.Counts {
			if end := h.Buckets[j+1]; h.Counts[j] > old.Counts[j] && !math.IsInf(end, 1) {
				most = max(most, end*1000)
			}
		}
	}
	return most
}

// deep waits below n calls, so that its stack is as long as one of a service.
//
//go:noinline
func deep(n int, stop <-chan struct{}) {
	if n > 0 {
		deep(n-1, stop)
		return
	}
	<-stop
}

// BenchmarkStops has 100,000 goroutines and reports the longest stop of the world
// that a look causes, in milliseconds, and the time that the look takes: of
// the profile, of the proof and of the full text.
//
//	go test -run '^$' -bench Stops -benchtime 3x ./internal/service/live
func BenchmarkStops(b *testing.B) {
	const n = 100_000
	stop := make(chan struct{})
	ready := make(chan struct{})
	for i := range n {
		go func() {
			ready <- struct{}{}
			deep(2+i%19, stop)
		}()
		<-ready
	}
	defer close(stop)
	for _, bb := range []struct {
		name string
		ask  Ask
	}{{"profile", Ask{}}, {"proof", Ask{Proof: true}}, {"full", Ask{Full: true, Force: true}}} {
		if bb.ask.Proof && !capture.CanProve() {
			continue // this runtime has none
		}
		b.Run(bb.name, func(b *testing.B) {
			var stops []float64
			for b.Loop() {
				before := readPauses()
				v, err := new(Surveyor).Look(context.Background(), bb.ask)
				if err != nil || v.Total < n {
					b.Fatalf("%d goroutines, %v", v.Total, err)
				}
				stops = append(stops, longest(before, readPauses()))
			}
			b.ReportMetric(slices.Max(stops), "max-stop-ms")
		})
	}
}
