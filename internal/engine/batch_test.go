package engine

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// named is a test that a framework would run under another name than t's.
type named struct {
	TB
	name   string
	failed bool
}

func (n named) Name() string { return n.name }
func (n named) Failed() bool { return n.failed }

// ended is a test in a batch that is over: it has run work on a goroutine of its
// own, with the label of the test, and has left so many goroutines behind.
func ended(t *testing.T, l *Ledger, name string, left int, work func()) *member {
	c := &Test{t: named{TB: t, name: name}, cfg: NewConfig(), ledger: l}
	c.before, c.looks, _ = l.known()
	onNewGoroutine(func() bool {
		c.self = capture.Self()
		capture.SetTest(c.self, name)
		work()
		return true
	})
	// A goroutine that has sent its result is there until it has ended, and a look would
	// find it.
	for labelled(name) > left {
		runtime.Gosched()
	}
	require.Equal(t, left, labelled(name))
	return &member{test: c, told: make(chan order, 1)}
}

// labelled is the number of goroutines with the label of the test.
func labelled(name string) (n int) {
	for _, g := range capture.All().Goroutines {
		if slices.ContainsFunc(g.Labels, func(l stackparse.Label) bool { return l.Value == name }) {
			n++
		}
	}
	return n
}

// block has a goroutine wait for stop. Its go statement is in the code of no test,
// which would count before the label.
func block(stop chan struct{}) { go func() { <-stop }() }

// A look judges all tests of a batch by one dump, each for what is its own.
func TestBatchLooksOnce(t *testing.T) {
	// Not parallel: goroutines of other tests would be unowned here.
	l := lookedAt(capture.All())
	stop := make(chan struct{})
	defer close(stop)
	leak := func() { block(stop) }
	clean := ended(t, l, "TestClean", 0, func() { onNewGoroutine(func() bool { return true }) })
	leaky := ended(t, l, "TestLeaky", 1, leak)
	broken := ended(t, l, "TestBroken", 1, leak)
	broken.failed = true

	before := l.looks
	assert.Equal(t, []*member{leaky}, look([]*member{clean, leaky, broken}))
	assert.Equal(t, before+1, l.looks, "one dump")
	assert.Equal(t, goClean, <-clean.told)
	assert.Equal(t, goClean, <-broken.told, "it answers for nothing")
	assert.Len(t, l.excused, 1, "a later test does not wait for what it left")
}

// A test with goroutines left is looked at once more, since they may be about to
// end, and then checks by itself; in a crowd of tests not before that is cheap.
func TestBatchKeeps(t *testing.T) {
	l := lookedAt(capture.All())
	stop := make(chan struct{})
	defer close(stop)
	leaky := ended(t, l, "TestLeaky", 1, func() { block(stop) })
	leaky.since = time.Now()
	b := batch{members: []*member{leaky}, led: true}
	b.under = crowd
	b.lead()
	require.Equal(t, goLead, <-leaky.told)
	b.lead()
	require.Equal(t, goLead, <-leaky.told, "a check of its own would be dear")
	b.under = crowd - 1
	b.lead()
	require.Equal(t, goCheck, <-leaky.told)
	assert.False(t, b.led, "nobody is left to lead")
}

// The test that leads hands the lead to one that came during its look, and the
// last one that is left does not wait for others.
func TestBatchHandsOn(t *testing.T) {
	l := lookedAt(capture.All())
	var b batch
	first, second := ended(t, l, "TestFirst", 0, func() {}), ended(t, l, "TestSecond", 0, func() {})
	b.enter()
	b.enter()
	b.join(first)
	assert.Equal(t, goLead, <-first.told)
	assert.False(t, b.alone, "the second one runs")
	b.join(second)
	assert.True(t, b.alone)
	b.pause() // returns: nobody else can come
	b.lead()
	assert.Equal(t, goClean, <-first.told)
	assert.Equal(t, goClean, <-second.told)
	b.leave()
	b.leave()
	assert.Zero(t, b.under)
}

// Package testing keeps the note that tells a parallel test.
func TestIsParallel(t *testing.T) {
	assert.False(t, isParallel(t))
	t.Run("parallel", func(t *testing.T) {
		t.Parallel()
		assert.True(t, isParallel(t))
		assert.False(t, isParallel(named{TB: t}), "no test of package testing")
	})
}
