package leakcheck

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

// recorder is a TB that keeps what it is given. It runs its cleanups when told.
type recorder struct {
	name     string
	failed   bool
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return r.name }
func (r *recorder) Failed() bool              { return r.failed }
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(_ string, a ...any) { r.errors = append(r.errors, a[0].(string)) }

func (r *recorder) finish() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

// What a test that started no goroutine pays at its end: one reading of a
// counter, to be compared with BenchmarkCounter of the same run.
func BenchmarkEndOfCleanTest(b *testing.B) {
	t := &recorder{name: b.Name()}
	Verify(t)
	for b.Loop() {
		t.finish()
	}
}

// The floor of BenchmarkEndOfCleanTest.
func BenchmarkCounter(b *testing.B) {
	for b.Loop() {
		capture.Created()
	}
}

// What Verify costs at the top of a test.
func BenchmarkBegin(b *testing.B) {
	for b.Loop() {
		Verify(&recorder{name: "TestX"})
	}
}

// The end of a clean test must not even allocate: it runs a hundred times a
// day for every test there is.
func TestEndOfCleanTestIsFree(t *testing.T) {
	// Not parallel: other tests' goroutines would move the counter.
	// So would the workers that the first collection of garbage starts.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	const runs = 100
	var began []*recorder // each ends once: a second end has less to do
	for range runs + 1 {  // AllocsPerRun runs once more, to warm up
		r := &recorder{name: t.Name()}
		Verify(r)
		began = append(began, r)
	}
	n := 0
	assert.Zero(t, testing.AllocsPerRun(runs, func() {
		began[n].finish()
		n++
	}))
	for _, r := range began {
		assert.Empty(t, r.errors)
	}
}
