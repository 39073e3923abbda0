package goleak_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/leakcheck/goleak"
)

// The tests of this file look at their own process, so they run one by one.
// Those that start others run in parallel, after these.

// A test is what package testing has, and what has no more than Error.
var (
	_ goleak.TestingT = testing.TB(nil)
	_ goleak.TestingM = (*testing.M)(nil)
)

// recorder is a test of another framework.
type recorder struct{ errors []string }

func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

// block starts a goroutine that waits until stop is called.
func block() (stop func()) {
	started, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		close(started)
		<-end
	}()
	<-started
	return func() {
		close(end)
		<-ended
	}
}

func TestFind(t *testing.T) {
	require.NoError(t, goleak.Find())
	stop := block()

	err := goleak.Find()
	require.ErrorContains(t, err, "found unexpected goroutines:\nleakcheck: 1 goroutine ")
	assert.ErrorContains(t, err, "goleak_test.block")
	leaks := (*leakcheck.Error)(nil)
	require.True(t, errors.As(err, &leaks), "programs can read the report")
	assert.Equal(t, 1, leaks.Report.Len())
	assert.Error(t, goleak.Find(), "looking does not make it another's")

	stop()
	assert.NoError(t, goleak.Find())
}

func TestFindRefuses(t *testing.T) {
	called := goleak.Cleanup(func(int) { assert.Fail(t, "Find calls no cleanup function") })
	golden.Words(t, "Cleanup", goleak.Find(called))
	golden.Words(t, "RunOnFailure", goleak.Find(goleak.RunOnFailure()))
	assert.NoError(t, goleak.Find(goleak.Cleanup(nil)), "as in goleak")
	golden.Panics(t, "a nil option", func() { _ = goleak.Find(goleak.IgnoreCurrent(), nil) })
}

// A test that package testing knows nothing of hears of every leak, each time.
func TestVerifyNoneOfAnotherFramework(t *testing.T) {
	r, codes := &recorder{}, []int{}
	record := goleak.Cleanup(func(code int) { codes = append(codes, code) })
	goleak.VerifyNone(r, record)
	assert.Empty(t, r.errors)

	stop := block()
	goleak.VerifyNone(r, record)
	goleak.VerifyNone(r, record)
	require.Len(t, r.errors, 2)
	assert.Contains(t, r.errors[1], "found unexpected goroutines:\nleakcheck: 1 goroutine ")
	assert.Equal(t, []int{0, 0, 0}, codes, "the function is called after each check")

	stop()
	goleak.VerifyNone(r)
	assert.Len(t, r.errors, 2)
}

// named is a test of a framework whose tests have all methods of package
// testing's, and names of their own kind.
type named struct {
	testing.TB
	recorder
	name string
}

func (n *named) Name() string      { return n.name }
func (n *named) Error(args ...any) { n.recorder.Error(args...) }

func TestVerifyNoneNames(t *testing.T) {
	for name, test := range map[string]bool{
		"FuzzX/seed#0": true, "it stops its workers": false, "Testing the pool stops": false,
	} {
		t.Run(name, func(t *testing.T) {
			stop := block()
			defer stop()
			n := &named{TB: t, name: name}
			for range 2 {
				goleak.VerifyNone(n)
			}
			want := 2
			if test {
				want = 1 // a leak is reported once
			}
			assert.Len(t, n.errors, want, name)
		})
	}
}

func TestIgnoreCurrent(t *testing.T) {
	stopFirst := block()
	current := goleak.IgnoreCurrent()
	assert.NoError(t, goleak.Find(current))
	for range 3 {
		stop := block()
		assert.Error(t, goleak.Find(current), "a new one with the same stack is found")
		stop()
		assert.NoError(t, goleak.Find(current))
	}
	stopFirst()
}

// code is a testing.M whose tests end with a code.
type code int

func (c code) Run() int { return int(c) }

func TestVerifyTestMainNil(t *testing.T) {
	golden.Panics(t, "no tests", func() { goleak.VerifyTestMain(nil) })
	assert.NotPanics(t, func() { goleak.VerifyTestMain(code(1), goleak.Cleanup(func(int) {})) }, "a failed run does not exit with Cleanup")
}

// Names that package filters refuses are no reason to fail a suite that ran with
// goleak.
func TestIgnoreTakesAnyName(t *testing.T) {
	defer block()()
	var all []goleak.Option
	for _, name := range []string{"", "*", "wait", "runtime.gopark", "a b", "x.y(...)", "created by x.y", "\x00", "x.\"y\""} {
		assert.NotPanics(t, func() {
			all = append(all, goleak.IgnoreTopFunction(name), goleak.IgnoreAnyFunction(name), goleak.IgnoreCreatedBy(name))
		}, "%q", name)
	}
	assert.Error(t, goleak.Find(all...), "they hide nothing")
}
