package leakcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bubbles are the clean tests of testdata/bubble. Each asserts that the check
// did not move its bubble's clock.
var bubbles = []string{"TestOutside", "TestDurableWaits", "TestTimePasses", "TestEndsByItself", "TestNetPipe"}

// A bubble is checked inside and outside, and left as it was.
func TestE2EBubblesClean(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-test.count=20", "-test.cpu=1,4", "-test.shuffle=on"}, {"-test.parallel=1", "-test.timeout=0"}} {
		r := run(t, "bubble", nil, append(flags, "-test.v", only(bubbles...))...)
		isSilent(t, r)
		for _, test := range bubbles {
			assert.Contains(t, r.out, "--- PASS: "+test)
		}
	}
}

// A test leaks outside the bubble that it uses.
func TestE2EBubbleOutside(t *testing.T) {
	t.Parallel()
	blames(t, run(t, "bubble", nil, "-test.v", only("TestOutsideLeak")), "bubble", "TestOutsideLeak")
}

// A leak inside is reported before the bubble ends the process, as it does
// with every goroutine that is left blocked. The clock stood still meanwhile.
func TestE2EBubbleInside(t *testing.T) {
	t.Parallel()
	for subject, marks := range map[string][2]string{
		"TestInsideLeak":               {"wait", "go"},
		"TestInsideSleeperLeak":        {"sleeper: wait", "sleeper: go"},
		"TestInsideOfSubtestLeak/leak": {"wait", "go"},
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			top, _, _ := strings.Cut(subject, "/")
			r := run(t, "bubble", nil, "-test.v", only(top))
			require.Equal(t, 2, r.code, "%s", r.out)
			report := reportOn(t, r.out, subject)
			assert.Contains(t, row(t, report, "at"), marked(t, "bubble", marks[0]))
			assert.Contains(t, row(t, report, "started"), marked(t, "bubble", marks[1]))
			assert.Equal(t, "labelled by "+subject, row(t, report, "owner"))
			assert.Equal(t, 1, strings.Count(r.out, "leakcheck:"))
			assert.Contains(t, r.out, "--- FAIL: "+subject)
			assert.NotContains(t, r.out, "Not equal", "the clock did not move")
			ours := strings.Index(r.out, "leakcheck:")
			assert.Less(t, ours, strings.Index(r.out, "panic: deadlock: main bubble goroutine has exited"), "%s", r.out)
		})
	}
}

// Bubbles and a leaking test at the same time: the proof that the runtime may
// offer must not be asked for while there is a bubble, and no clock moves.
func TestE2EBubblesAtOnce(t *testing.T) {
	t.Parallel()
	for _, cpu := range []string{"1", "4"} {
		r := run(t, "bubble", nil, "-test.v", "-test.parallel=4", "-test.cpu="+cpu, only("TestAtOnce"))
		blames(t, r, "bubble", "TestAtOnce/leak")
		for _, name := range []string{"A", "B", "C"} {
			assert.Contains(t, r.out, "--- PASS: TestAtOnce/"+name)
		}
	}
}

// When all goroutines of a bubble are blocked, the runtime ends the process by a
// panic, and no cleanup in the bubble runs: the report comes before it.
func TestE2EBubbleDeadlock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ test, says, mark string }{
		{"TestStuckInside", "TestStuckInside can never end", "stuck inside"},
		{"TestStuckAround", "TestStuckAround can never end", "stuck around"},
		{"TestLeftAround", "1 goroutine outlived TestLeftAround (1 proven leaked", "wait"},
	} {
		r := run(t, "bubble", nil, "-test.v", only(tt.test))
		assert.Equal(t, 2, r.code, "the panic ends the process: %s", r.out)
		at := strings.Index(r.out, marked(t, "bubble", "verify: "+tt.test)+": leakcheck: "+tt.says)
		assert.True(t, 0 <= at && at < strings.Index(r.out, "panic: deadlock:"), "the report comes first in\n%s", r.out)
		assert.Contains(t, r.out, marked(t, "bubble", tt.mark)+" ")
		assert.Equal(t, 1, strings.Count(r.out, "leakcheck: "), "once: %s", r.out)
	}
}
