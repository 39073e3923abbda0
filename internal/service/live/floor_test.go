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
		}, []int{251, 302, 378, 492}, "measured from the night, not from the peak of the day"},
	} {
		assert.Equal(t, tt.want, run(&live.Floor{}, tt.n, 500), "%s: %s", tt.name, tt.reason)
	}
}

func TestFloorTellsAgain(t *testing.T) {
	t.Parallel()
	f := live.Floor{Step: 10, Ratio: 0.1, HalfLife: time.Minute}
	now := time.Unix(1000, 0)
	assert.False(t, f.Observe(now, 50), "where it begins")
	assert.True(t, f.Observe(now, 60))
	assert.True(t, f.Observe(now, 60), "nothing was done about it")
	f.Raise(60)
	assert.False(t, f.Observe(now, 69))
	assert.False(t, f.Observe(now.Add(time.Minute), 20))
	assert.Equal(t, 40, f.Level(), "half the way in a half-life")
	assert.False(t, f.Observe(now, 20), "a clock that goes back moves nothing")
	assert.Equal(t, 40, f.Level())
}
