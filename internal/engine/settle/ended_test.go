package settle

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/settle/settletest"
	"github.com/leakcheck-go/goroutine/stackparse"
)

var endedRuns atomic.Int64

// A loop over a ticker that looks at a flag ends a while after its test. Where one has
// been waited for, the next one need not be; where one was left, each is judged.
func TestEnded(t *testing.T) {
	t.Parallel()
	name := fmt.Sprint("shop.work", endedRuns.Add(1)) // the process remembers places
	place := func(id int64) stackparse.Goroutine {
		g := settletest.Parked(id, "chan receive")
		g.Frames[0].Func = name
		return g
	}
	check := func(ends time.Duration, gs ...stackparse.Goroutine) {
		stage := &settletest.Stage{Script: func(e time.Duration) []stackparse.Goroutine {
			if e >= ends {
				return nil
			}
			return append([]stackparse.Goroutine(nil), gs...)
		}}
		settle(t, Settler{World: stage, Bounds: Bounds{Limit: 2 * time.Second}}, stage)
	}
	one, next := place(2), place(7)
	elsewhere, begun := place(8), place(9)
	elsewhere.Frames[0].Line++
	begun.Creator = &stackparse.Creator{Func: "shop.Open", File: "/shop/open.go", Line: 3}
	assert.False(t, Ended(&one), "nothing is known yet")
	check(sourceAfter/2, one)
	assert.False(t, Ended(&next), "it was told to end, and did so at once")
	check(700*time.Millisecond, one)
	assert.True(t, Ended(&next))
	assert.False(t, Ended(&elsewhere), "it waits at another line")
	assert.False(t, Ended(&begun), "another statement started it")
	check(time.Hour, next)
	assert.False(t, Ended(&one), "this one was left")
	check(700*time.Millisecond, one)
	assert.False(t, Ended(&one), "one was left, so each is judged by its own test")
}
