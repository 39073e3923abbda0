package live

import (
	"fmt"
	"time"
)

// trends remembers the number of goroutines by stack: at the last look, and at
// a few samples before it.
type trends struct {
	last    sample
	samples []sample // the oldest first, at most rises
}

type sample struct {
	at     time.Time
	counts map[string]int
}

// rises is how often in a row the number must have gone up for a stack to be
// called growing. A pool that fills up does so once or twice.
const rises = 3

// add remembers a look. It becomes a sample where the last one is long enough
// ago; growth between looks that follow each other closely says little.
func (t *trends) add(at time.Time, counts map[string]int, every time.Duration) {
	t.last = sample{at, counts}
	if n := len(t.samples); n == 0 || at.Sub(t.samples[n-1].at) >= every {
		t.samples = append(t.samples, t.last)
		t.samples = t.samples[max(0, len(t.samples)-rises):]
	}
}

// of says whether the number of goroutines of a stack went up from each sample
// to the next and to now, and in words how it changed.
func (t *trends) of(key string, count int, now time.Time) (growing bool, phrase string) {
	growing = len(t.samples) == rises
	next := count
	for i := len(t.samples) - 1; i >= 0; i-- {
		growing = growing && t.samples[i].counts[key] < next
		next = t.samples[i].counts[key]
	}
	if t.last.counts == nil {
		return growing, ""
	}
	phrase = change(count-t.last.counts[key], now.Sub(t.last.at))
	if first := t.samples[0]; first.at.Before(t.last.at) {
		if long := change(count-first.counts[key], now.Sub(first.at)); phrase == "" {
			phrase = long
		} else if long != "" {
			phrase += ", " + long
		}
	}
	return growing, phrase
}

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
