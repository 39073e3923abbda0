package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// What there was when all was well comes last, and what there is more of first.
func TestNormal(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(400, "chan receive", "shop.pool"), at(20, "select", "shop.watch"), at(1, "IO wait", "shop.accept")}
	s := &Surveyor{world: w}
	look(t, s, Ask{})
	v, err := s.KeepNormal(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, w.profiles, "the look of before is the one that counts")
	assert.Equal(t, v.Taken, v.Normal)
	for _, f := range v.Report.Findings {
		assert.True(t, f.Normal, f.At.Func)
		assert.False(t, f.Suspect())
	}
	assert.Same(t, v, look(t, s, Ask{}), "who asks again gets that")

	w.clock = w.clock.Add(time.Minute)
	w.records = []pprofile.Record{at(430, "chan receive", "shop.pool"), at(35, "select", "shop.watch"), at(1, "chan send", "shop.fetch")}
	v = look(t, s, Ask{})
	require.Len(t, v.Report.Findings, 3)
	assert.Equal(t, "shop.watch", v.Report.Findings[0].At.Func)
	golden.Words(t, "more", v.Report.Findings[0].Trend)
	assert.Equal(t, "shop.fetch", v.Report.Findings[1].At.Func)
	golden.Words(t, "new", v.Report.Findings[1].Trend)
	assert.Equal(t, "shop.pool", v.Report.Findings[2].At.Func)
	assert.True(t, v.Report.Findings[2].Normal)
	golden.Words(t, "note", v.Report.Notes[0])

	v, err = s.ForgetNormal(t.Context())
	require.NoError(t, err)
	assert.True(t, v.Normal.IsZero())
	assert.False(t, finding(t, v, "shop.pool").Normal)
}

// Normal or not, what is proven or grows is first.
func TestNormalHidesNoLeak(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.records = []pprofile.Record{at(100, "select", "shop.grows"), at(100, "chan send", "shop.lost")}
	w.leaked = []pprofile.Record{at(1, "chan send", "shop.lost")}
	s := &Surveyor{world: w}
	_, err := s.KeepNormal(t.Context())
	require.NoError(t, err)
	var v *Survey
	for n := range 2 * rises {
		w.clock = w.clock.Add(time.Minute)
		w.records[0] = at(101+n, "select", "shop.grows")
		v = look(t, s, Ask{Proof: true})
	}
	for _, f := range v.Report.Findings {
		assert.False(t, f.Normal, f.At.Func)
	}
	assert.Equal(t, cause.Growing, finding(t, v, "shop.grows").Graded)
	assert.Equal(t, 1, finding(t, v, "shop.lost").Proven)
}

func TestNormalIsBounded(t *testing.T) {
	t.Parallel()
	n := normal{counts: map[string]int{}}
	for i := range maxNormal + 5 {
		n.counts[fmt.Sprint(i)] = i
	}
	n.bound()
	assert.Len(t, n.counts, maxNormal)
	assert.NotContains(t, n.counts, "4", "those with fewest are dropped")
	assert.Contains(t, n.counts, "5")
}

// Who has waited for too long gets the error of the context.
func TestNormalWaits(t *testing.T) {
	t.Parallel()
	w := newFake()
	w.err = fmt.Errorf("profile goroutine: broken")
	s := &Surveyor{world: w}
	_, err := s.KeepNormal(t.Context())
	assert.ErrorIs(t, err, w.err)
	w.err = nil
	w.records = []pprofile.Record{at(1, "select", "shop.watch")}
	look(t, s, Ask{})
	turn <- struct{}{}
	defer func() { <-turn }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.KeepNormal(ctx)
	assert.ErrorIs(t, err, context.Canceled)
}
