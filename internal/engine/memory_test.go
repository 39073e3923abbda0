package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestHeldBy(t *testing.T) {
	t.Parallel()
	variable := heap.Holder{Kind: heap.Variable, Name: "example.com/shop/v2.registry"}
	for _, tt := range []struct {
		reason string
		fact   heap.Fact
		want   []string
	}{
		{"the mistake itself", heap.Fact{Known: true, Unreachable: true}, []string{"nobody: the last reference is gone"}},
		{"the cause says that the channel is nil", heap.Fact{Known: true, Unreachable: true, Nothing: true}, nil},
		{"what it waits for was not found", heap.Fact{}, nil},
		{"names are as code writes them", heap.Fact{Known: true, Holders: []heap.Holder{variable}}, []string{"the variable shop.registry"}},
		{"the checks and the runtime reach all goroutines and tests", heap.Fact{Known: true, Holders: []heap.Holder{
			{Kind: heap.Variable, Name: "testing.LeakcheckPoints.Test"}, {Kind: heap.Variable, Name: "runtime.allp"},
			{Kind: heap.Variable, Name: "leakcheckhook/internal/engine.opened"}, variable}}, []string{"the variable shop.registry"}},
		{"a stripped binary has no names", heap.Fact{Known: true, Holders: []heap.Holder{{Kind: heap.Variable, Addr: 1}, {Kind: heap.Variable, Addr: 2}}},
			[]string{"a package-level variable"}},
		{"who is stuck cannot help; it is named by the call of its user", heap.Fact{Known: true, Unreachable: true, Holders: []heap.Holder{
			{Kind: heap.Goroutine, ID: 8, Name: "sync.runtime_SemacquireMutex", State: "chan receive", Blocked: true, Stuck: true}}},
			[]string{"goroutine 8 shop.(*Pool).run, stuck itself at pool.go:40"}},
		{"who is not can", heap.Fact{Known: true, Able: true, Holders: []heap.Holder{
			{Kind: heap.Goroutine, ID: 9, Name: "shop.poll", State: "sleep"}}},
			[]string{"goroutine 9 shop.poll, in sleep"}},
		{"the test that is over says little", heap.Fact{Known: true, Able: true, Holders: []heap.Holder{
			{Kind: heap.Goroutine, ID: 1, Name: "testing.tRunner"}}}, nil},
		{"the watchdog and the goroutine that waits for all tests do not count", heap.Fact{Known: true, Able: true, Holders: []heap.Holder{
			{Kind: heap.Goroutine, ID: 5, Name: "leakcheckhook/internal/engine/hung.(*Watchdog).tick-fm", State: "sleep"},
			{Kind: heap.Goroutine, ID: 6, Name: "testing.(*T).Run", State: "chan receive"}}}, nil},
		{"a timer of a context", heap.Fact{Known: true, Timers: true, Holders: []heap.Holder{
			{Kind: heap.Timer, Until: 58*time.Minute + time.Millisecond, Path: []string{"context.WithDeadlineCause.func2"}}}},
			[]string{"a timer: context deadline in 58m0s"}},
		{"a ticker's next tick is near", heap.Fact{Known: true, Timers: true, Holders: []heap.Holder{{Kind: heap.Timer, Until: time.Millisecond}}},
			[]string{"a timer"}},
		{"a timer of which the time is not known", heap.Fact{Known: true, Timers: true, Holders: []heap.Holder{{Kind: heap.Timer}}},
			[]string{"a timer"}},
		{"what calls back when memory is freed", heap.Fact{Known: true, Holders: []heap.Holder{{Kind: heap.Finalizer}, {Kind: heap.Unseen}}},
			[]string{"a finalizer", "a cleanup, or something else that a heap dump does not show"}},
		{"three are named", heap.Fact{Known: true, More: 2, Holders: []heap.Holder{
			{Kind: heap.Timer}, {Kind: heap.Variable}, variable, {Kind: heap.Finalizer}}},
			[]string{"a timer", "a package-level variable", "the variable shop.registry", "3 more"}},
	} {
		got := heldBy(&tt.fact, func(h *heap.Holder) place {
			return map[int64]place{1: {itself: true}, 6: {Site: report.Site{Func: "main.main", File: "_testmain.go", Line: 182}}, 8: {Site: report.Site{Func: "example.com/shop.(*Pool).run", File: "pool.go", Line: 40}}}[h.ID]
		})
		assert.Equal(t, tt.want, got, tt.reason)
	}
}

func TestRemember(t *testing.T) {
	t.Parallel()
	gs := []stackparse.Goroutine{{ID: 1}, {ID: 2}, {ID: 3, Leaked: true}, {ID: 4}}
	leaks := []report.Leak{{Goroutine: gs[1]}, {Goroutine: gs[2]}, {Goroutine: gs[3]}}
	fact := heap.Fact{Known: true, Unreachable: true, Keeps: 9}
	Remember(leaks, map[int64]heap.Fact{2: fact, 3: fact}, gs)
	assert.Equal(t, report.Memory{Unreachable: true, Keeps: 9, Nobody: true, Held: []string{"nobody: the last reference is gone"}}, leaks[0].Memory)
	assert.Zero(t, leaks[1].Memory, "the runtime's proof says more")
	assert.Zero(t, leaks[2].Memory, "it moved between the dumps")
}
