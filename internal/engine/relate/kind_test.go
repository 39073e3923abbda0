package relate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// goroutine makes one whose calls are "function(args)", innermost first.
func goroutine(id int64, state string, calls ...string) stackparse.Goroutine {
	g := stackparse.Goroutine{ID: id, State: state}
	for _, c := range calls {
		i := strings.LastIndexByte(c, '(')
		g.Frames = append(g.Frames, stackparse.Frame{Func: c[:i], Args: strings.TrimSuffix(c[i+1:], ")"), File: "/home/me/x.go", Line: 1})
	}
	return g
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		state  string
		calls  []string
		kind   relate.Kind // 0: no wait for an object of package sync
		addr   uint64
		reason string
	}{
		{"sync.Mutex.Lock", []string{"internal/sync.runtime_SemacquireMutex(0x1?)", "internal/sync.(*Mutex).lockSlow(0xc000012340)", "sync.(*Mutex).Lock(...)", "main.f(0x1)"},
			relate.Mutex, 0xc000012340, "since Go 1.24"},
		{"sync.Mutex.Lock", []string{"sync.runtime_SemacquireMutex(0x1?)", "sync.(*Mutex).lockSlow(0xc000012340)", "sync.(*Mutex).Lock(...)", "main.f(0x1)"},
			relate.Mutex, 0xc000012340, "until Go 1.23"},
		{"sync.Mutex.Lock", []string{"runtime.gopark(0x1)", "runtime.semacquire1(0x1)", "internal/sync.(*Mutex).lockSlow(0xc000012340)", "main.f(0x1)"},
			relate.Mutex, 0xc000012340, "a crash shows the runtime's calls"},
		{"sync.Mutex.Lock", []string{"internal/sync.(*Mutex).lockSlow(0xc000012340)", "sync.(*RWMutex).Lock(0x0?)", "main.f(0x1)"},
			relate.WriteLock, 0xc000012340, "a second writer waits for the first one's Mutex"},
		{"sync.RWMutex.Lock", []string{"sync.runtime_SemacquireRWMutex(0x0?)", "sync.(*RWMutex).Lock(0xc000012340?)", "main.f(0x1)"},
			relate.WriteLock, 0, "a word that may be overwritten is not an address"},
		{"sync.RWMutex.RLock", []string{"sync.(*RWMutex).RLock(...)", "main.f(0x1)"}, relate.ReadLock, 0, "inlined"},
		{"sync.Mutex.Lock", []string{"internal/sync.(*Mutex).lockSlow(0xc000012344)", "sync.(*Once).doSlow(0xc000012340, 0x1)", "sync.(*Once).Do(...)", "main.f(0x1)"},
			relate.Once, 0xc000012344, "the Mutex inside a Once"},
		{"sync.Mutex.Lock", []string{"internal/sync.(*Mutex).lockSlow(0xc000012340)", "sync.(*Cond).Wait(0xc000056780)", "main.f(0x1)"},
			relate.Mutex, 0xc000012340, "a Cond that locks again after it was woken"},
		{"sync.Cond.Wait", []string{"sync.runtime_notifyListWait(0xc000012350, 0x0)", "sync.(*Cond).Wait(0xc000012340)", "main.f(0x1)"},
			relate.Cond, 0xc000012350, "the list is as good as the Cond, and always printed"},
		{"semacquire", []string{"sync.runtime_Semacquire(0x1?)", "sync.(*WaitGroup).Wait(0xc000012340)", "main.f(0x1)"},
			relate.WaitGroup, 0xc000012340, "the state was semacquire until Go 1.23"},
		{"sync.WaitGroup.Wait", []string{"sync.(*WaitGroup).Wait(0xc000012340)"}, relate.WaitGroup, 0xc000012340, "go wg.Wait()"},

		{"running", []string{"internal/sync.(*Mutex).lockSlow(0xc000012340)", "main.f(0x1)"}, 0, 0, "spins, and may get it"},
		{"runnable", []string{"sync.(*WaitGroup).Wait(0xc000012340)", "main.f(0x1)"}, 0, 0, "was woken"},
		{"chan receive", []string{"main.f(0x1)", "sync.(*Once).doSlow(0xc000012340, 0x1)"}, 0, 0, "runs the function of a Once"},
		{"chan receive", []string{"main.f(0x1)", "sync.(*WaitGroup).Go.func1()"}, 0, 0, "a member"},
		{"select", []string{"main.(*Mutex).lockSlow(0xc000012340)"}, 0, 0, "another package's Mutex"},
		{"select", []string{"example.com/sync.(*WaitGroup).Wait(0xc000012340)"}, 0, 0, "another package called sync"},
		{"chan receive", nil, 0, 0, "no calls"},
	} {
		waits := relate.Waits([]stackparse.Goroutine{goroutine(1, tt.state, tt.calls...)}, nil)
		if tt.kind == 0 {
			assert.Empty(t, waits, tt.reason)
			continue
		}
		if assert.Len(t, waits, 1, tt.reason) {
			assert.Equal(t, tt.kind, waits[0].Kind, tt.reason)
			assert.Equal(t, tt.addr, waits[0].Addr, tt.reason)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for k := relate.Mutex; k <= relate.Cond; k++ {
		assert.Regexp(t, `^sync\.[A-Z]`, k.String())
	}
	for s := relate.Possible; s <= relate.Sure; s++ {
		assert.NotEqual(t, "unknown", s.String())
	}
	for e := relate.HasPointer; e <= relate.Child; e++ {
		assert.NotEqual(t, "unknown", e.String())
	}
	assert.Equal(t, "unknown unknown unknown", strings.Join([]string{relate.Kind(0).String(), relate.Sureness(9).String(), relate.Evidence(0).String()}, " "))
}
