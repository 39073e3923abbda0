package relate_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const server = `
goroutine 7 [chan receive]:
shop.(*Server).work(0xc000010000)
	/shop/server.go:31 +0x85
created by shop.(*Server).Run in goroutine 6
	/shop/server.go:12 +0x1

goroutine 6 [sync.WaitGroup.Wait]:
sync.runtime_SemacquireWaitGroup(0x0?, 0x0?)
	/usr/local/go/src/runtime/sema.go:114 +0x2e
sync.(*WaitGroup).Wait(0xc000010010)
	/usr/local/go/src/sync/waitgroup.go:206 +0x85
shop.(*Server).Run(0xc000010000)
	/shop/server.go:14 +0x1d
created by shop.TestRun in goroutine 5
	/shop/server_test.go:9 +0x558

goroutine 8 [chan receive]:
shop.(*Server).Run.func1()
	/shop/server.go:13 +0x19
sync.(*WaitGroup).Go.func1()
	/usr/local/go/src/sync/waitgroup.go:258 +0x4a
created by sync.(*WaitGroup).Go in goroutine 6
	/usr/local/go/src/sync/waitgroup.go:238 +0x73

goroutine 9 [select]:
shop.idle()
	/shop/idle.go:3 +0x1
created by shop.TestRun in goroutine 5
	/shop/server_test.go:10 +0x558
`

func TestRelate(t *testing.T) {
	t.Parallel()
	gs := parse(t, server)
	r := relate.Relate(gs, []string{"chan-recv", "wg-wait", "chan-recv", "select-no-exit"}, nil)
	assert.Equal(t, []int{1, -1, 1, -1}, r.Parent, "goroutine 5 is gone")
	assert.Equal(t, map[int]relate.Link{1: {On: 2, Sure: relate.Likely, Why: relate.Member}}, r.Links,
		"the wait is secondary to the member, which its Go method started")
	assert.Equal(t, []string{"shop.TestRun", "shop.(*Server).Run", "shop.(*Server).work"}, r.Line(gs, 0, nil))
	assert.Equal(t, []string{"shop.TestRun", "shop.(*Server).Run", "shop.(*Server).Run.func1"}, r.Line(gs, 2, nil), "through the Go method")
}

// Who waits for a group need not be who started its members: a Stop does it, in
// a goroutine of its own.
func TestRelateSole(t *testing.T) {
	t.Parallel()
	wait := func(id int64, frames ...string) stackparse.Goroutine {
		return goroutine(id, "sync.WaitGroup.Wait", append([]string{"sync.runtime_SemacquireWaitGroup(0x1)", "sync.(*WaitGroup).Wait(0x2)"}, frames...)...)
	}
	member := func(id int64, starter string) stackparse.Goroutine {
		g := goroutine(id, "chan receive", "main.ship()")
		g.Creator = &stackparse.Creator{Func: starter, Goroutine: 90}
		return g
	}
	errgroupWait := wait(1, "golang.org/x/sync/errgroup.(*Group).Wait(0x2)", "main.stop()")
	errgroupMember := member(2, "golang.org/x/sync/errgroup.(*Group).TryGo")
	elsewhere, waitingMember := errgroupMember, errgroupWait
	elsewhere.ID, elsewhere.Creator = 12, &stackparse.Creator{Func: "golang.org/x/sync/errgroup.(*Group).Go", Goroutine: 91}
	waitingMember.Creator = errgroupMember.Creator
	plain, plainMember := wait(3, "main.stop()"), member(4, "sync.(*WaitGroup).Go")
	tests := []struct {
		why  string
		gs   []stackparse.Goroutine
		want map[int]relate.Link
	}{
		{"a member of the only group", []stackparse.Goroutine{errgroupWait, errgroupMember}, map[int]relate.Link{0: {On: 1, Sure: relate.Likely, Why: relate.Sole}}},
		{"each has its own kind of members", []stackparse.Goroutine{errgroupWait, plain, plainMember, errgroupMember},
			map[int]relate.Link{0: {On: 3, Sure: relate.Likely, Why: relate.Sole}}},
		{"a WaitGroup may count others, and somebody else's worker be no member", []stackparse.Goroutine{plainMember, plain}, map[int]relate.Link{}},
		{"members of two who started some", []stackparse.Goroutine{errgroupWait, errgroupMember, elsewhere}, map[int]relate.Link{}},
		{"a member that waits for a group waits for an inner one", []stackparse.Goroutine{waitingMember}, map[int]relate.Link{}},
		{"of two groups it may be either's", []stackparse.Goroutine{plain, wait(5, "main.run()"), plainMember}, map[int]relate.Link{}},
		{"the other kind's member is none", []stackparse.Goroutine{errgroupWait, plainMember}, map[int]relate.Link{}},
		{"singleflight has no members", []stackparse.Goroutine{wait(1, "golang.org/x/sync/singleflight.(*Group).Do(0x2)"), plainMember}, map[int]relate.Link{}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			assert.Equal(t, tt.want, relate.Relate(tt.gs, make([]string, len(tt.gs)), nil).Links)
		})
	}
}

func TestRelateByCause(t *testing.T) {
	t.Parallel()
	call := goroutine(1, "chan receive", "main.load()", "golang.org/x/sync/singleflight.(*Group).doCall(0x1)")
	member := goroutine(2, "chan receive", "main.load()")
	member.Creator = &stackparse.Creator{Func: "golang.org/x/sync/errgroup.(*Group).Go", Goroutine: 9}
	for _, tt := range []struct {
		ids    string
		gs     []stackparse.Goroutine
		want   map[int]int // secondary: root
		reason string
	}{
		{"sql-pool-exhausted sql-db sql-tx", nil, map[int]int{0: 2}, "the transaction has the connection"},
		{"sql-pool-exhausted sql-tx sql-rows", nil, map[int]int{0: 2}, "rows are forgotten more often"},
		{"rw-two-writers rw-writer", nil, map[int]int{0: 1}, "the first writer is nearer to the cause"},
		{"singleflight chan-recv", []stackparse.Goroutine{{}, call}, map[int]int{0: 1}, "it makes the call that others wait for"},
		{"errgroup-limit chan-recv", []stackparse.Goroutine{{}, member}, map[int]int{0: 1}, "it has the place"},
		{"singleflight chan-recv", nil, map[int]int{}, "nobody makes the call"},
		{"sql-pool-exhausted sql-db", nil, map[int]int{}, "an open database is no reason"},
		{"chan-recv chan-recv", nil, map[int]int{}, "equals are not related"},
	} {
		ids := strings.Fields(tt.ids)
		gs := tt.gs
		if gs == nil {
			gs = make([]stackparse.Goroutine, len(ids))
		}
		got := map[int]int{}
		r := relate.Relate(gs, ids, nil)
		for i, l := range r.Links {
			got[i] = l.On
			assert.Equal(t, relate.ByCause, l.Why)
		}
		assert.Equal(t, tt.want, got, "%s: %s", tt.ids, tt.reason)
	}
}

// Parents in a circle come from a forged dump alone; and two goroutines that
// wait for each other have no root.
func TestRelateCircles(t *testing.T) {
	t.Parallel()
	gs := parse(t, `
goroutine 1 [sync.Mutex.Lock]:
internal/sync.(*Mutex).lockSlow(0xc000010000)
	/a.go:1
main.f(0xc000020000)
	/a.go:1
created by main.f in goroutine 2
	/a.go:1

goroutine 2 [sync.Mutex.Lock]:
internal/sync.(*Mutex).lockSlow(0xc000020000)
	/a.go:1
main.f(0xc000010000)
	/a.go:1
created by main.f in goroutine 1
	/a.go:1
`)
	r := relate.Relate(gs, nil, nil)
	assert.Equal(t, map[int]int{0: 2, 1: 2}, r.Circle)
	assert.NotEmpty(t, r.Line(gs, 0, nil))
}

func TestStarted(t *testing.T) {
	t.Parallel()
	member := func(runs ...string) stackparse.Goroutine {
		g := goroutine(1, "chan receive", append(runs, "sync.(*WaitGroup).Go.func1()")...)
		g.Creator = &stackparse.Creator{Func: "sync.(*WaitGroup).Go", Goroutine: 7, File: "/usr/local/go/src/sync/waitgroup.go", Line: 238}
		return g
	}
	for _, tt := range []struct {
		g      stackparse.Goroutine
		want   relate.Start
		reason string
	}{
		{member("main.fetch(0x1)", "main.Run.func1()"), relate.Start{Func: "main.Run", Runs: "main.Run.func1"}, "a literal is named after its function"},
		{member("a.b/c.(*T).Run.func2.1()"), relate.Start{Func: "a.b/c.(*T).Run", Runs: "a.b/c.(*T).Run.func2.1"}, "a literal in a literal"},
		{member("main.(*T).work(0x1)"), relate.Start{Runs: "main.(*T).work"}, "a method says nothing of who gave it to Go"},
		{member("main.function(0x1)"), relate.Start{Runs: "main.function"}, "a name that begins like a literal's"},
		{member(), relate.Start{}, "it has not begun"},
		{goroutine(1, "running", "main.main()"), relate.Start{Runs: "main.main"}, "the main goroutine"},
	} {
		assert.Equal(t, tt.want, relate.Started(&tt.g, nil), tt.reason)
	}
}

// gate holds up a goroutine until it is opened.
type gate struct{ open chan struct{} }

// TestStartedReal looks through the Go method of a real WaitGroup.
func TestStartedReal(t *testing.T) {
	t.Parallel()
	w, line := start(t)
	buf := make([]byte, 1<<20)
	for {
		for _, g := range parse(t, string(buf[:runtime.Stack(buf, true)])) {
			s := relate.Started(&g, source.Here())
			if !strings.Contains(s.Runs, "relate_test.start.func") {
				continue
			}
			require.Equal(t, "github.com/leakcheck-go/goroutine/internal/engine/relate_test.start", s.Func)
			require.Equal(t, line, s.Line)
			require.Equal(t, "start_test.go", filepath.Base(s.File))
			close(w.open)
			return
		}
		runtime.Gosched()
	}
}

// TestRelateLinear has a dump with many of everything: what is quadratic does
// not come to an end.
func TestRelateLinear(t *testing.T) {
	t.Parallel()
	const n = 10_000
	var gs []stackparse.Goroutine
	for i := range n {
		args := fmt.Sprintf("0xc%09x, 0xc%09x", i*8, (i+1)%n*8)
		gs = append(gs,
			goroutine(int64(4*i+1), "sync.Mutex.Lock", fmt.Sprintf("internal/sync.(*Mutex).lockSlow(0xc%09x)", i*8), "main.f("+args+")"),
			goroutine(int64(4*i+2), "sync.Mutex.Lock", "internal/sync.(*Mutex).lockSlow(0xc100000000)", "main.f("+args+")"),
			goroutine(int64(4*i+3), "sync.RWMutex.RLock", "sync.(*RWMutex).RLock(0xc200000000)", "main.f("+args+")"),
			goroutine(int64(4*i+4), "sync.Mutex.Lock", "internal/sync.(*Mutex).lockSlow(0xc300000004)", "sync.(*Once).doSlow(0xc300000000)",
				"main.f("+args+")", "sync.(*Once).doSlow(0xc300000000)"))
	}
	r := relate.Relate(gs, make([]string, len(gs)), nil)
	assert.Len(t, r.Waits, 4*n)
}
