package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const (
	began     = "kernels: called 1000000000\n"
	came      = "kernels: returned 2000000000\n"
	ended     = "kernels: ended 2500000000\n"
	stuck     = "kernels: stuck 9000000000\n"
	withProof = "kernels: proof 9100000000\n"

	leakReport = `--- FAIL: TestK (0.00s)
    kernels_test.go:19: leakcheck: 3 goroutines outlived TestK (2 proven leaked)
          + 2 x blocked sending on a channel (proven: nothing can wake them any more)
              at       k.go:5   c <- 1   started.K.func1

          + 1 x blocked in a select
FAIL
`
	hungReport = `--- FAIL: TestK (hung)
    leakcheck: TestK can never end (proven by the garbage collector)
      + 1 x waiting to lock a sync.Mutex (proven: nothing can wake it any more)
`
	benchDump = `goroutine 1 [running]:
example.com/kernels/goker/started.observe({0x1, 0x2})
	/tmp/kernels_test.go:1 +0x1

goroutine 2 [chan receive]:
runtime.gopark()
	/go/src/runtime/proc.go:1 +0x1
created by runtime.init in goroutine 1
	/go/src/runtime/proc.go:1 +0x1
`
	sender = `
goroutine 7 [chan send (leaked)]:
example.com/kernels/goker/started.K.func1()
	/tmp/k.go:5 +0x1
created by example.com/kernels/goker/started.K in goroutine 6
	/tmp/k.go:4 +0x1
`
	ofLibrary = `
goroutine 8 [select]:
io.(*pipe).read()
	/go/src/io/pipe.go:1 +0x1
created by example.com/kernels/goker/started.K in goroutine 6
	/tmp/k.go:4 +0x1
`
	provenTest = `
goroutine 6 [sync.Mutex.Lock (leaked)]:
example.com/kernels/goker/started.TestK(0x1)
	/tmp/kernels_test.go:2 +0x1
created by testing.(*T).Run in goroutine 1
	/go/src/testing/testing.go:1 +0x1
`
	waitingTest = `
goroutine 6 [chan receive]:
example.com/kernels/goker/started.TestK(0x1)
	/tmp/kernels_test.go:2 +0x1
created by testing.(*T).Run in goroutine 1
	/go/src/testing/testing.go:1 +0x1
`
)

// stacks is a dump as a test prints it, of the observer and others.
func stacks(others string) string {
	return "kernels: dump\n" + benchDump + others + "\nkernels: end\n"
}

func TestJudge(t *testing.T) {
	t.Parallel()
	pkg := testPackage{path: "example.com/kernels/goker/started", mode: started}
	for _, row := range []struct {
		name, reason string
		out          string
		code         int
		want         verdict
		detail       string
		took         time.Duration
	}{{
		name: "found", reason: "the time runs from the end of the test's work to the verdict",
		out: began + came + leakReport + ended + stacks(sender+ofLibrary), code: 1,
		want: found, detail: "2 left, 1 proven; 3 reported, 2 proven", took: 500 * time.Millisecond,
	}, {
		name: "clean", reason: "the observer and the runtime's own goroutines are no leak",
		out: began + came + "PASS\n" + ended + stacks(""), want: noLeak, took: 500 * time.Millisecond,
	}, {
		name: "missed", reason: "goroutines of the kernel are left and nobody says so",
		out: began + came + "PASS\n" + ended + stacks(sender+ofLibrary), want: missed,
		detail: "2 left, 1 proven; 0 reported, 0 proven: 1 chan send, 1 select", took: 500 * time.Millisecond,
	}, {
		name: "partly", reason: "what the runtime proves has to be in the report",
		out: began + came + leakReport + ended + stacks(sender+sender+sender+sender), code: 1, want: partly,
		detail: "4 left, 4 proven; 3 reported, 2 proven: 4 chan send", took: 500 * time.Millisecond,
	}, {
		name: "ended later", reason: "a goroutine that ends by itself is no leak",
		out: began + came + leakReport + ended + stacks(""), code: 1, want: wrong,
		detail: "0 left; 3 reported, 2 proven", took: 500 * time.Millisecond,
	}, {
		name: "explained", reason: "the watchdog ended it, and the stacks agree",
		out: began + hungReport + ended + withProof + stacks(provenTest+sender), code: 1, want: explained,
		detail: "sync.Mutex.Lock with 1 chan send", took: 1500 * time.Millisecond,
	}, {
		name: "ended without a proof", reason: "a test that waits must not be killed",
		out: began + hungReport + ended + withProof + stacks(waitingTest), code: 1, want: wrong,
		detail: "the test was ended without a proof: chan receive", took: 1500 * time.Millisecond,
	}, {
		name: "ended by the heap", reason: "where there is no proof, the stacks show only that it stands still",
		out: began + hungReport + ended + stacks(waitingTest), code: 1, want: explained,
		detail: "chan receive", took: 1500 * time.Millisecond,
	}, {
		name: "unexplained", reason: "a report is worth nothing when the process ends well",
		out: began + hungReport + ended + withProof + stacks(provenTest), code: 0, want: broken,
		detail: "the process ended with code 0 and no report on the test", took: 1500 * time.Millisecond,
	}, {
		name: "hung", reason: "proven, and still there at the limit",
		out: began + stuck + withProof + stacks(provenTest), code: 3, want: missed,
		detail: "the test hangs, proven leaked: sync.Mutex.Lock",
	}, {
		name: "hung without a proof", reason: "no proof, no kill",
		out: began + stuck + stacks(waitingTest), code: 3, want: undecided,
		detail: "the test hangs, without a proof: chan receive",
	}, {
		name: "waits", reason: "the proof was asked for and not given",
		out: began + stuck + withProof + stacks(waitingTest), code: 3, want: unproven,
		detail: "the test does not end, not proven to hang: chan receive",
	}, {
		name: "lost", reason: "a test that hangs must be seen to",
		out: began + stuck + withProof + stacks(""), code: 3, want: broken, detail: "the test is not among the goroutines",
	}, {
		name: "check hangs", reason: "the checker must not hang where the kernel does not",
		out: began + came + stuck + stacks(sender), code: 3, want: broken, detail: "the check itself hangs",
	}, {
		name: "crash", reason: "a kernel that panics shows nothing",
		out: began + "panic: assignment to entry in nil map\n\ngoroutine 6 [running]:\n", code: 2, want: broken,
		detail: "panic: assignment to entry in nil map",
	}, {
		name: "silence", reason: "no test of that name ran",
		out: "testing: warning: no tests to run\nPASS\n", want: broken, detail: "the process ended with code 0 and without a word",
	}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := parseOutput(row.out)
			r.code = row.code
			got := judge(r, pkg, kernel{name: "K"})
			assert.Equal(t, row.want.String(), got.verdict.String(), row.reason)
			assert.Equal(t, row.detail, got.detail, row.reason)
			if row.took != 0 {
				assert.Equal(t, row.took, got.took, row.reason)
			}
		})
	}
}

func TestParseOutput(t *testing.T) {
	t.Parallel()
	r := parseOutput(began + leakReport + stacks(sender))
	assert.Equal(t, 3, r.reported)
	assert.Equal(t, 2, r.certain)
	assert.Len(t, r.causes, 2)
	assert.Len(t, r.dump, 3)
	assert.NotContains(t, r.out, "goroutine 7", "stacks would bury the report")

	r = parseOutput("leakcheck: 1 goroutine is still there\nleakcheck: 2 goroutines are still there (2 proven leaked)\n")
	assert.Equal(t, 3, r.reported, "several reports add up")
	assert.Equal(t, 2, r.certain)

	r = parseOutput("leakcheck: 3 goroutines outlived TestK (2 unreachable)\n")
	assert.Equal(t, 2, r.certain, "what the heap says counts where it is asked")

	r = parseOutput("kernels: called x\nkernels: dump\n")
	assert.Empty(t, r.events)
	assert.Empty(t, r.dump)
}
