package trend

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// series makes n numbers.
func series(n int, f func(i int) int64) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

func grows(numbers []int64) bool {
	h := &History{}
	for _, n := range numbers {
		h.Add(Sample{Total: 1000, Kinds: map[string]int64{"k": n}})
	}
	return len(h.Growing()) > 0
}

func TestGrowing(t *testing.T) {
	t.Parallel()
	noise := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name    string
		numbers []int64
		want    bool
		reason  string
	}{
		{"leak", []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, true, "one goroutine a sample shows as soon as there are samples enough"},
		{"few samples", []int64{1, 2, 3, 4, 50, 60, 70}, false, "too few to say anything"},
		{"stopped", append([]int64{1, 2, 3, 4, 5, 6}, series(8, func(int) int64 { return 6 })...), false, "it stopped"},
		{"constant", series(50, func(int) int64 { return 100 }), false, "a pool"},
		{"spike", []int64{5, 5, 5, 500, 5, 5, 5, 5, 5, 5, 5, 5}, false, "one spike"},
		{"spike at the end", []int64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 500}, false, "which may be over at the next look"},
		{"step", append(series(8, func(int) int64 { return 5 }), series(8, func(int) int64 { return 80 })...), false, "more load, and no more after that"},
		{"warming up", append([]int64{0, 20, 50, 90}, series(20, func(int) int64 { return 100 })...), false, "it was growing and does not any more"},
		{"fall", series(20, func(i int) int64 { return int64(100 - i) }), false, "the other way"},
		{"saw", series(60, func(i int) int64 { return int64(i % 10) }), false, "batches that end"},
		{"saw, rising", []int64{0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6}, true, "whether the batch ends cannot be told before it does"},
		{"noise", series(100, func(int) int64 { return 90 + noise.Int64N(20) }), false, "load that comes and goes"},
		{"slow leak under noise", series(100, func(i int) int64 { return 90 + noise.Int64N(10) + int64(i)/2 }), true, "in the end it is above all that the noise falls"},
		{"batches", series(60, func(i int) int64 { return int64(i / 12 * 7) }), true, "seven more every twelve samples"},
		{"leak after a spike", append([]int64{1, 100, 1}, series(60, func(i int) int64 { return int64(i * 10) })...), true, "a spike delays the finding and does not prevent it"},
		{"day and night", series(96, func(i int) int64 { return int64(100 + 80*math.Sin(float64(i)/48*math.Pi)) }), false, "twice up and down"},
	} {
		assert.Equal(t, tt.want, grows(tt.numbers), "%s: %s", tt.name, tt.reason)
	}
}

// Numbers that mean nothing hardly ever look like growth.
func TestNoiseIsNoGrowth(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	alarms, looks := 0, 0
	for range 1000 {
		h := &History{}
		for range 40 {
			h.Add(Sample{Total: 100, Kinds: map[string]int64{"k": 50 + r.Int64N(30)}})
			alarms += len(h.Growing())
			looks++
		}
	}
	assert.LessOrEqual(t, alarms, looks/10_000)
}

func TestOrderAndStep(t *testing.T) {
	t.Parallel()
	h := &History{Step: 6}
	for i := range int64(12) {
		h.Add(Sample{Total: 100, Kinds: map[string]int64{"slow": i / 2, "fast": 10 * i, "fair": 2 * i}})
	}
	assert.Equal(t, []Growth{{"fast", 30}, {"fair", 6}}, h.Growing())
	assert.Equal(t, []int64{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}, h.Numbers("fair"))
	assert.Len(t, h.Totals(), 12)
}

func TestRestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before Sample
		missed bool
		after  Sample
		want   bool
	}{
		{"half is gone", Sample{Total: 100}, false, Sample{Total: 40}, true},
		{"a few are gone", Sample{Total: 100}, false, Sample{Total: 60}, false},
		{"most of a few", Sample{Total: 12}, false, Sample{Total: 3}, false},
		{"more after a failure", Sample{Total: 100}, true, Sample{Total: 101}, false},
		{"less after a failure", Sample{Total: 100}, true, Sample{Total: 99}, true},
		{"ids go on", Sample{Total: 100, MaxID: 50000}, true, Sample{Total: 10, MaxID: 50001}, false},
		{"ids start again", Sample{Total: 100, MaxID: 50000}, false, Sample{Total: 200, MaxID: 300}, true},
		{"ids of another processor", Sample{Total: 100, MaxID: 50000}, false, Sample{Total: 100, MaxID: 49970}, false},
	} {
		h := &History{Step: 7}
		assert.False(t, h.Add(tt.before), "the first one")
		if tt.missed {
			h.Miss()
		}
		assert.Equal(t, tt.want, h.Add(tt.after), tt.name)
		want := 2
		if tt.want {
			want = 1
			assert.Equal(t, 1, h.Restarts)
		}
		assert.Len(t, h.Totals(), want, tt.name)
		assert.EqualValues(t, 7, h.Step)
	}
}

// The history holds so many samples and kinds, and no more.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := &History{}
	h.Add(Sample{Total: 100, Kinds: map[string]int64{"once": 1}})
	for range 3 * Keep {
		h.Add(Sample{Total: 100, Kinds: map[string]int64{"always": 1}})
	}
	assert.Len(t, h.Totals(), Keep)
	assert.Len(t, h.Numbers("always"), Keep)
	assert.Nil(t, h.Numbers("once"), "what is gone for so long is forgotten")

	many := map[string]int64{}
	for i := range maxKinds + 10 {
		many[string(rune(0x4e00+i%20000))+string(rune(0x4e00+i/20000))] = 1
	}
	h.Add(Sample{Total: 100, Kinds: many})
	assert.Len(t, h.kinds, maxKinds)
}

func TestLoop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		loop   Loop
		takes  time.Duration // a look
		cancel time.Duration // 0 is never
		looks  int
	}{
		{"time is over", Loop{10 * time.Second, time.Minute, 0}, 0, 0, 6},
		{"slow looks", Loop{10 * time.Second, time.Minute, 0}, 25 * time.Second, 0, 3},
		{"so many looks", Loop{10 * time.Second, time.Minute, 3}, 0, 0, 3},
		{"one look", Loop{time.Hour, time.Minute, 0}, 0, 0, 1},
		{"interrupted", Loop{10 * time.Second, 0, 0}, 0, 35 * time.Second, 4},
		{"at once", Loop{10 * time.Second, 0, 0}, 0, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.cancel > 0 {
					time.AfterFunc(tt.cancel, cancel)
				}
				looks := 0
				tt.loop.Run(ctx, func(context.Context) {
					looks++
					time.Sleep(tt.takes)
				})
				if tt.name == "time is over" { // the last tick and the end fall together
					assert.InDelta(t, tt.looks, looks, 1)
				} else {
					assert.Equal(t, tt.looks, looks)
				}
			})
		})
	}
}

func TestNormal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		was, n int64
		want   bool
		reason string
	}{
		{40, 40, true, "as many"},
		{40, 3, true, "fewer"},
		{40, 50, true, "load moves them by a quarter"},
		{40, 51, false, "and not by more"},
		{1, 10, true, "or by a few"},
		{1, 11, false, "and not by more"},
		{0, 1, false, "a new kind"},
	} {
		assert.Equal(t, tt.want, Normal(tt.was, tt.n), tt.reason)
	}
}
