package engine

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Only the goroutine that runs a test, seen from that test, is known to live as
// long as the test's check.
func TestRuns(t *testing.T) {
	t.Parallel()
	self := capture.Self()
	assert.True(t, runs(&self, t))
	assert.False(t, runs(&self, struct{ TB }{}), "another kind of test")
	assert.False(t, onNewGoroutine(func() bool {
		self := capture.Self()
		return runs(&self, t)
	}), "a goroutine of the test")
	t.Run("sub", func(sub *testing.T) {
		self := capture.Self()
		assert.True(sub, runs(&self, sub))
		assert.False(sub, runs(&self, t), "the check is the parent's, which outlives this goroutine")
	})
	assert.False(t, runs(&stackparse.Goroutine{}, t), "no stack")
}

// began returns a check of t as Verify begins it, with a ledger of its own.
func began(t *testing.T, l *Ledger) *Test {
	c := &Test{t: t, self: capture.Self()}
	c.runs = runs(&c.self, t)
	if !l.unchanged(c.self.ID, c.runs) {
		l.look(capture.All())
	}
	c.before, c.looks, _ = l.known()
	l.enter(c)
	return c
}

// Counters tell a test that left nothing from one that may have.
func TestNothingNew(t *testing.T) {
	// Not parallel: it reads the runtime's counter, which others would move.
	stopCollector(t)
	l := lookedAt(capture.All())
	c := began(t, l)
	assert.True(t, l.nothingNew(c))
	t.Run("clean", func(t *testing.T) { assert.True(t, l.nothingNew(began(t, l))) })
	assert.True(t, l.nothingNew(c), "the only new goroutine ran a test")
	t.Run("unchecked", func(*testing.T) {})
	assert.False(t, l.nothingNew(c), "one was created that is not known")
	gone := func() bool {
		l.look(capture.All())
		return l.nothingNew(c)
	}
	for end := time.Now().Add(10 * time.Second); !gone(); runtime.Gosched() { // it may still be on its way out
		require.True(t, time.Now().Before(end), "it has ended")
	}

	stop := make(chan struct{})
	go func() { <-stop }()
	assert.False(t, l.nothingNew(c), "a goroutine is left")
	l.look(capture.All())
	assert.False(t, l.nothingNew(c), "another test has looked: it is left in any case")
	t.Run("later", func(t *testing.T) { assert.True(t, l.nothingNew(began(t, l)), "it was there before this test") })
	seen, _, _ := l.known()
	for id := range seen {
		if !c.before[id] {
			l.report("TestX", IDs{id: true})
		}
	}
	assert.True(t, l.nothingNew(c), "it was reported")
	close(stop)

	c.call.Deferred = true
	assert.False(t, l.nothingNew(c), "a deferred Verify does not know what was there before")
}

// Where nothing lives but tests, whatever was created has ended.
func TestOnlyTests(t *testing.T) {
	// Not parallel: what other tests start would count.
	var l *Ledger
	var c *Test
	look := func() bool { // as if the tests of this process were all that is there
		l = lookedAt(capture.All())
		c = began(t, l)
		for id := range l.seen {
			if id != c.self.ID && id != c.self.Creator.Goroutine {
				l.roster.running[id] = 1
			}
		}
		<-started()
		return l.onlyTests(c)
	}
	for !look() { // what was started is about to end, as what earlier tests started may be
		runtime.Gosched()
	}
	stop := make(chan struct{})
	for range 10 { // more than what may end meanwhile
		go func() { <-stop }()
	}
	assert.False(t, l.onlyTests(c), "some live")
	close(stop)
}

// A check that ends late must not undo what a later one has found out.
func TestLedgerPassesOverOlderDumps(t *testing.T) {
	t.Parallel()
	at := func(created uint64, ids ...int64) capture.Dump {
		d := capture.Dump{Counters: capture.Counters{Created: created}}
		for _, id := range ids {
			d.Goroutines = append(d.Goroutines, stackparse.Goroutine{ID: id})
		}
		return d
	}
	l := lookedAt(at(5, 1))
	l.look(at(7, 1, 8))
	l.report("TestX", IDs{8: true})
	l.look(at(6, 1))
	assert.True(t, l.settled(8), "it is new, not gone")
	l.look(at(7, 1))
	assert.False(t, l.settled(8))
}

// lookedAt returns a ledger that has looked once.
func lookedAt(d capture.Dump) *Ledger {
	l := newLedger()
	l.look(d)
	return l
}

// A row of clean tests must not take a dump each; a goroutine that someone
// else started in between must bring one about.
func TestUnchanged(t *testing.T) {
	// Not parallel: it reads the runtime's counter, which others would move.
	stopCollector(t)
	l := lookedAt(capture.All())
	assert.True(t, l.unchanged(capture.SelfID(), false), "nothing was created since the look")
	for range 3 {
		assert.True(t, onNewGoroutine(func() bool { return l.unchanged(capture.SelfID(), false) }), "the only new goroutine is the test's own")
	}
	assert.False(t, onNewGoroutine(func() bool {
		<-started()
		return l.unchanged(capture.SelfID(), false)
	}), "the test's own and another")
}

// stopCollector keeps the garbage collector from starting goroutines, which the
// runtime counts as any other: it starts its workers when it first runs.
func stopCollector(t *testing.T) {
	percent := debug.SetGCPercent(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	runtime.GC()
}

func onNewGoroutine(f func() bool) bool {
	result := make(chan bool)
	go func() { result <- f() }()
	return <-result
}

func started() <-chan struct{} {
	done := make(chan struct{})
	go close(done)
	return done
}

// A note of package testing's own tells a test with subtests.
func TestHasSubtests(t *testing.T) {
	assert.False(t, hasSubtests(t))
	t.Run("sub", func(t *testing.T) {
		assert.False(t, hasSubtests(t))
		t.Run("sub", func(*testing.T) {})
		assert.True(t, hasSubtests(t))
	})
	assert.True(t, hasSubtests(t))
	assert.False(t, hasSubtests(struct{ TB }{t}), "another kind of test has no note")
}

// What was there before a test may be counted instead of looked at, in a crowd,
// where that hardly hides a leak.
func TestHadOthers(t *testing.T) {
	t.Parallel()
	at := func(id int64, state string) stackparse.Goroutine {
		return stackparse.Goroutine{ID: id, State: state, Frames: []stackparse.Frame{{Func: "shop.work"}}}
	}
	for _, tt := range []struct {
		others []stackparse.Goroutine // of the last look, without 8, which was there at the first
		tests  int
		change func(*Ledger, *Test)
		want   bool
		reason string
	}{
		{nil, crowd, nil, true, "a goroutine that is older than all checks"},
		{nil, crowd - 1, nil, false, "few tests: a dump is cheap and sees all"},
		{[]stackparse.Goroutine{at(9, "runnable")}, crowd, nil, false, "one that is about to end"},
		{[]stackparse.Goroutine{at(9, "sleep")}, crowd, nil, false, "one that may end at any time"},
		{[]stackparse.Goroutine{at(9, "select")}, crowd, nil, false, "one that is not older, and nobody looks later"},
		{[]stackparse.Goroutine{at(9, "select")}, crowd, func(l *Ledger, c *Test) { c.before[9] = true; l.checksLater.Store(true) }, true,
			"the check of the process looks later"},
		{[]stackparse.Goroutine{at(9, "select")}, crowd, func(l *Ledger, c *Test) { c.before[9] = true; c.above = []int64{100} }, true,
			"a test looks later that this one is a part of"},
		{[]stackparse.Goroutine{at(9, "select")}, crowd, func(l *Ledger, _ *Test) { l.checksLater.Store(true) }, false, "it may be this test's"},
		{[]stackparse.Goroutine{at(9, "select")}, crowd, func(l *Ledger, _ *Test) { l.report("TestX", IDs{9: true}) }, true, "it was reported"},
		{nil, crowd, func(_ *Ledger, c *Test) { c.call.Deferred = true }, false, "nobody knows what was there before"},
	} {
		l := lookedAt(capture.Dump{Goroutines: []stackparse.Goroutine{at(8, "select")}})
		l.look(capture.Dump{Goroutines: append(tt.others, at(8, "select"))})
		for i := range tt.tests {
			l.roster.running[int64(100+i)] = 1
		}
		c := &Test{before: IDs{8: true}}
		if tt.change != nil {
			tt.change(l, c)
		}
		assert.Equal(t, tt.want, l.hadOthers(c), tt.reason)
	}
}

// A look that shows all others proves the counts since the one before it right;
// one that lacks an other puts the tests in doubt that counted it.
func TestInDoubt(t *testing.T) {
	t.Parallel()
	dump := func(ids ...int64) (d capture.Dump) {
		for _, id := range ids {
			d.Goroutines = append(d.Goroutines, stackparse.Goroutine{ID: id, State: "select"})
		}
		return d
	}
	last := &Test{}
	for _, tt := range []struct {
		looks   []capture.Dump
		running int
		doubted map[string]bool
		owes    bool
		reason  string
	}{
		{nil, crowd, map[string]bool{}, false, "nobody has looked: the crowd is still there"},
		{nil, crowd - 1, map[string]bool{}, true, "the crowd is gone, so a look is cheap, and may be the last"},
		{[]capture.Dump{dump(8, 9)}, 1, nil, false, "all others are there"},
		{[]capture.Dump{dump(8)}, crowd, map[string]bool{"TestX": true}, true, "one is gone"},
		{[]capture.Dump{dump(8), dump(8)}, crowd, map[string]bool{"TestX": true}, true, "no check has cleared it since"},
	} {
		l := lookedAt(dump(8, 9))
		l.roster.trusted["TestX"] = true
		for _, d := range tt.looks {
			l.look(d)
		}
		for i := range tt.running {
			l.roster.running[int64(100+i)] = 1
		}
		assert.Equal(t, tt.doubted, l.inDoubt(dump(8, 9)), tt.reason)
		assert.Equal(t, tt.owes, l.owes(last), tt.reason)
		l.cleared(map[string]bool{"TestX": true})
		assert.Empty(t, l.roster.doubted, tt.reason)
	}
	l := lookedAt(dump(8, 9))
	l.roster.trusted["TestX"] = true
	assert.Equal(t, map[string]bool{"TestX": true}, l.inDoubt(dump(8)), "the dump of this check lacks one")
}

// A goroutine that calls T.Run and goes on does not wait for the subtest.
func TestAbove(t *testing.T) {
	t.Parallel()
	r := newRoster()
	r.see([]stackparse.Goroutine{
		{ID: mainID},
		{ID: 7, Frames: []stackparse.Frame{{Func: "testing.tRunner"}}, Creator: &stackparse.Creator{Goroutine: mainID}},
		{ID: 8, Frames: []stackparse.Frame{{Func: "shop.work"}}, Creator: &stackparse.Creator{Goroutine: 7}},
	})
	assert.Equal(t, IDs{8: true}, r.others)
	assert.Equal(t, []int64{mainID}, r.above(mainID))
	assert.Equal(t, []int64{7, mainID}, r.above(7))
	assert.Nil(t, r.above(8), "it runs no test")
	r.tests[9] = 9
	assert.Nil(t, r.above(9), "only a forged dump has a circle")
}
