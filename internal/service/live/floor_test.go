package live_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// run gives a floor one number a minute and returns the minutes of the steps,
// each of which raises it.
func run(f *live.Floor, n func(minute int) int, minutes int) (steps []int) {
	start := time.Unix(1000, 0)
	for m := range minutes {
		if f.Observe(start.Add(time.Duration(m)*time.Minute), n(m)) {
			steps = append(steps, m)
			f.Raise(n(m))
		}
	}
	return steps
}

func TestFloor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		n      func(minute int) int
		want   []int
		reason string
	}{
		{"steady", func(m int) int { return 500 + m%7 }, nil, "noise is no step"},
		{"slow leak", func(m int) int { return 100 + m }, []int{100, 200, 350}, "found at one a minute; half again each time"},
		{"one jump", func(m int) int { return 100 + 900*(min(m, 1)) }, []int{1}, "told once"},
		{"small service", func(m int) int { return 10 + m/2 }, []int{200, 400}, "never for less than a hundred"},
		{"dip", func(m int) int {
			if m == 50 {
				return 100
			}
			return 1000
		}, nil, "the return from a dip of a minute is no news"},
		{"night", func(m int) int {
			switch {
			case m < 10:
				return 1000
			case m < 200:
				return 100
			}
			return 100 + 2*(m-200)
		}, []int{250, 300, 375, 488}, "measured from the night, not from the peak of the day"},
		{"large service", func(m int) int { return 20_000 + 5*m }, []int{200, 400}, "a thousand more is worth a look, though it is a twentieth"},
	} {
		assert.Equal(t, tt.want, run(&live.Floor{}, tt.n, 500), "%s: %s", tt.name, tt.reason)
	}
}

func TestFloorTellsAgain(t *testing.T) {
	t.Parallel()
	f := live.Floor{Step: 10, HalfLife: time.Minute}
	now := time.Unix(1000, 0)
	assert.False(t, f.Observe(now, 50), "where it begins")
	assert.True(t, f.Observe(now, 60))
	assert.True(t, f.Observe(now, 60), "nothing was done about it")
	f.Raise(60)
	assert.False(t, f.Observe(now, 69))
	assert.False(t, f.Observe(now.Add(time.Minute), 20))
	assert.False(t, f.Observe(now.Add(time.Minute), 49), "the floor is at 40, half the way in a half-life")
	assert.True(t, f.Observe(now.Add(time.Minute), 50))
	assert.False(t, f.Observe(now, 20))
	assert.False(t, f.Observe(now, 49), "a clock that goes back moves nothing")
	assert.True(t, f.Observe(now, 50))
}

// A service that starts its pools is no news, however many goroutines they have;
// what comes on top of them is.
func TestFloorWarmsUp(t *testing.T) {
	t.Parallel()
	starts := func(m int) int {
		switch {
		case m == 0:
			return 10
		case m < 100:
			return 4500
		}
		return 4500 + 10*(m-99)
	}
	assert.Equal(t, []int{199, 299, 399, 499}, run(&live.Floor{WarmUp: 2 * time.Minute}, starts, 500), "only the leak is reported")
	assert.Equal(t, 1, run(&live.Floor{}, starts, 500)[0], "without a warm-up the start is reported")
	falls := func(m int) int { return max(5000-1000*m, 10) + 10*m }
	assert.Equal(t, []int{15, 25}, run(&live.Floor{WarmUp: 2 * time.Minute, HalfLife: time.Second}, falls, 30), "a peak while it starts does not count forever")
	exact := func(m int) int { return 10_000 + 10*m }
	assert.Equal(t, []int{5, 10, 15}, run(&live.Floor{Step: 50}, exact, 20), "a step that is given is neither more nor less")
}
