package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// The ledger must not grow with the number of tests: what is gone is dropped.
func TestLedgerForgetsTheGone(t *testing.T) {
	t.Parallel()
	l := newLedger()
	there := []stackparse.Goroutine{{ID: 7}, {ID: 8}, {ID: 9}}
	l.report("TestX/a/b", IDs{7: true, 8: true})
	l.excuse(IDsOf(there[2:]))
	l.look(capture.Dump{Goroutines: there})
	assert.True(t, l.settled(7), "a reported leak that is still there fails nobody else")
	assert.True(t, l.settled(9), "what a failed test left is settled, too")
	l.look(capture.Dump{Goroutines: there[:1]})
	assert.True(t, l.settled(7))
	assert.Len(t, l.reported, 1)
	assert.Empty(t, l.excused)

	l.suspect("TestA", IDs{7: true})
	l.suspect("TestB", IDs{7: true, 8: true})
	l.suspect("TestB", IDs{7: true})
	golden.Words(t, "two tests", l.suspected(7))
	golden.Words(t, "after others", l.suspected(8))
	assert.Empty(t, l.suspected(9))
	for i := range 100 {
		l.suspect(fmt.Sprint("Test", i), IDs{7: true})
	}
	golden.Words(t, "many", l.suspected(7))
	l.look(capture.Dump{})
	assert.Empty(t, l.suspects)
}

// A leak of a subtest fails its parents as well, which must not keep them from
// their own check; the next run of the same test starts again.
func TestLedgerKnowsLeakyParents(t *testing.T) {
	t.Parallel()
	l := newLedger()
	l.report("TestX/a/b", nil)
	assert.True(t, l.leaked("TestX/a"))
	assert.True(t, l.leaked("TestX"))
	assert.False(t, l.leaked("TestX"), "once")
	assert.False(t, l.leaked("TestX/a/b"), "the test itself has no part in it")
	assert.Empty(t, l.leaky)
}

// What appeared while no check was under way names no test: the next one to
// begin says when that was at the latest.
func TestLedgerKnowsTheTimeBefore(t *testing.T) {
	t.Parallel()
	const before = "unknown; it appeared before TestC began, in a test without a check"
	l := lookedAt(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}}})
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}, {ID: 7}}}, "TestC")
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 1}, {ID: 7}}}, "TestD")
	l.earlier(map[int64]string{7: "started by a goroutine that is gone"})
	assert.Equal(t, before, l.suspected(7))
	assert.Empty(t, l.suspected(1), "it was there before all tests")

	l.roster.running[3] = 1
	l.lookBefore(capture.Dump{Goroutines: []stackparse.Goroutine{{ID: 7}, {ID: 8}}}, "TestE")
	assert.Empty(t, l.suspected(8), "a test with a check, whose goroutine is 3, is under way and may have started it")
	l.suspect("TestF", IDs{7: true})
	assert.Contains(t, l.suspected(7), "TestF", "a test with a check that ran with others says more")
	l.look(capture.Dump{})
	assert.Empty(t, l.before, "what is gone is dropped")
}
