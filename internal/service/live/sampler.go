package live

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/service/trend"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// sampler counts the goroutines of the process by place, again and again, so
// that the first look can say what grows. There is one in the process, for all
// that look at it: growth that a Dumper has seen is on the page as well.
//
// It is a chain of timers, and no goroutine waits between two samples. It begins
// with its first user, goes on from sample to sample, faster at first, and ends
// when the last Surveyor that follows it is garbage.
type sampler struct {
	mu      sync.Mutex
	every   time.Duration // between two samples; 0 before somebody wanted one
	users   int           // Surveyors that follow it
	chain   int           // number of the chain of timers that goes on; others end
	running bool

	history trend.History
	at      []time.Time // of the samples in history
	first   map[string]time.Time
	last    sample // the latest count, which may be no sample
}

// sample is how many goroutines there were at each place.
type sample struct {
	at     time.Time
	counts map[string]int
}

// shared is the sampler of this process.
var shared sampler

const (
	// early is the part of the interval after which the first sample is taken;
	// the next ones follow in twice the time each.
	early = 15

	// rises is how often in a row the number must have gone up for a place to be
	// called growing before there are samples enough for package trend.
	rises = 3
)

// Follow has the process sampled from now on, for as long as s is in use. It may
// be called more than once. Without it samples are taken when somebody looks.
func (s *Surveyor) Follow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.world != nil || s.follows {
		return
	}
	s.follows = true
	shared.join(cmp.Or(s.Sample, defaultSample))
	runtime.AddCleanup(s, func(h *sampler) { h.leave() }, &shared)
}

// samples is the sampler that s adds to and reads: that of the process, or one
// of its own where a test plays the process.
func (s *Surveyor) samples() *sampler {
	if s.world == nil {
		return &shared
	}
	if s.own == nil {
		s.own = &sampler{every: cmp.Or(s.Sample, defaultSample)}
	}
	return s.own
}

// bubbled reports whether now is the clock of a testing/synctest bubble, which
// begins with the year 2000. A timer that is made there ends with the bubble,
// and its times say nothing about the process.
func bubbled(now time.Time) bool { return now.Year() <= 2000 }

func (h *sampler) join(every time.Duration) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users++
	shorter := h.every == 0 || every < h.every
	if shorter {
		h.every = every
	}
	if bubbled(now) || h.running && !shorter {
		return
	}
	h.running = true
	h.chain++
	h.arm(h.chain, h.every/early)
}

func (h *sampler) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.users--
}

// arm sets the timer for the next sample. The caller holds the lock.
func (h *sampler) arm(chain int, in time.Duration) {
	time.AfterFunc(in, func() { h.tick(chain, in) })
}

// tick takes a sample, unless somebody looks at this moment, who adds one.
func (h *sampler) tick(chain int, in time.Duration) {
	var took time.Duration
	select {
	case turn <- struct{}{}:
		w := process{}
		now := w.now()
		if recs, err := w.profile(goroutines); err == nil {
			h.add(now, placed(recs), true)
		}
		took = w.now().Sub(now)
		<-turn
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if chain != h.chain {
		return
	}
	if h.users <= 0 {
		h.running = false
		return
	}
	// A sample costs what a look costs, and as little of the time.
	h.arm(chain, max(min(2*in, h.every), share*took))
}

// placed counts the goroutines by place, without those that are known.
func placed(recs []pprofile.Record) map[string]int {
	counts := map[string]int{}
	for _, r := range recs {
		if g := r.Goroutine; r.Count > 0 && !looking(g) && !watching(g) && !filters.IsBenign(g) {
			counts[wait.PlaceKey(g)] += int(r.Count)
		}
	}
	return counts
}

// add remembers a count. It becomes a sample if it is of the chain of timers, or
// if the last one is long enough ago: growth between looks that follow each other
// closely says little.
func (h *sampler) add(at time.Time, counts map[string]int, chained bool) {
	if h == &shared && bubbled(at) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = sample{at, counts}
	n := len(h.at)
	if n > 0 && !chained && at.Sub(h.at[n-1]) < h.every {
		return
	}
	s := trend.Sample{MaxID: 1, Kinds: make(map[string]int64, len(counts))} // the same id: it is one process
	for key, c := range counts {
		s.Kinds[key] = int64(c)
		s.Total += int64(c)
	}
	h.history.Add(s)
	if h.at = append(h.at, at); len(h.at) > trend.Keep {
		h.at = h.at[1:]
	}
	if h.first == nil {
		h.first = map[string]time.Time{}
	}
	for key := range h.first {
		if h.history.Numbers(key) == nil || counts[key] == 0 {
			delete(h.first, key)
		}
	}
	for key := range counts {
		if _, ok := h.first[key]; !ok && h.history.Numbers(key) != nil {
			h.first[key] = at
		}
	}
}

// course is what samples tell of the goroutines at one place.
type course struct {
	growing bool
	more    int       // than the least that was sampled
	phrase  string    // "12 more in 15s, 300 more in 5m0s"
	numbers []int64   // the samples, and now at last
	since   time.Time // since when some were always there; zero where that is not known
}

// course compares a count of now with the samples.
func (h *sampler) course(key string, count int, now time.Time) course {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.at)
	if n == 0 || now.Before(h.at[n-1]) {
		return course{}
	}
	numbers := make([]int64, n, n+1)
	copy(numbers, h.history.Numbers(key))
	c := course{numbers: append(numbers, int64(count)), since: h.first[key]}
	least := int64(count)
	for _, number := range numbers {
		least = min(least, number)
	}
	c.more = count - int(least)
	if len(c.numbers) >= trend.Least {
		c.growing = trend.Rise(c.numbers, trend.DefaultStep) > 0
	} else {
		c.growing = n >= rises
		for i := n; c.growing && i > n-rises; i-- {
			c.growing = c.numbers[i-1] < c.numbers[i]
		}
	}
	c.phrase = change(count-h.last.counts[key], now.Sub(h.last.at))
	if h.at[0].Before(h.last.at) {
		if long := change(count-int(numbers[0]), now.Sub(h.at[0])); c.phrase == "" {
			c.phrase = long
		} else if long != "" {
			c.phrase += ", " + long
		}
	}
	return c
}

// change is "12 more in 5m0s", or "" for none.
func change(n int, in time.Duration) string {
	if in >= time.Second { // as much as a person reads
		in = in.Round(time.Second)
	}
	in = in.Round(time.Millisecond)
	switch {
	case n > 0:
		return fmt.Sprintf("%d more in %v", n, in)
	case n < 0:
		return fmt.Sprintf("%d fewer in %v", -n, in)
	}
	return ""
}

// since says when the oldest of the samples was taken, and how many there are.
func (h *sampler) since() (time.Time, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.at) == 0 {
		return time.Time{}, 0
	}
	return h.at[0], len(h.at)
}
