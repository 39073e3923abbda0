package relate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/relate"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// once is goroutine id in a call of Do at the line of shop.go, started there
// itself where that is 0: it waits for the Once at addr, or runs its function
// where that is "". The runtime has not kept the address of the latter.
func once(id int64, line int, addr string, outer ...stackparse.Frame) stackparse.Goroutine {
	g := stackparse.Goroutine{ID: id, State: "chan receive", Creator: &stackparse.Creator{Func: "shop.Start", File: file, Line: 3, Goroutine: 1}}
	do := stackparse.Frame{Func: "sync.(*Once).doSlow", Args: "0x0?, 0x0?"}
	if addr == "" {
		g.Frames = []stackparse.Frame{{Func: "shop.load"}, do}
	} else {
		g.State = "sync.Mutex.Lock"
		g.Frames = []stackparse.Frame{{Func: "internal/sync.(*Mutex).lockSlow", Args: addr}, do}
	}
	if line > 0 {
		g.Frames = append(g.Frames, stackparse.Frame{Func: "shop.get", File: file, Line: line})
	}
	g.Frames = append(g.Frames, outer...)
	return g
}

const file = "/shop/shop.go"

// Who runs the function of a Once is known by the call of Do where the address
// is not there.
func TestOnceRunner(t *testing.T) {
	t.Parallel()
	const a, b = "0xc000010004", "0xc000020004"
	type waits map[int]int // who waits -> the one who likely runs the function
	for _, tt := range []struct {
		gs     []stackparse.Goroutine
		want   waits
		reason string
	}{
		{[]stackparse.Goroutine{once(1, 0, a), once(2, 0, ""), once(3, 0, a)}, waits{0: 1, 2: 1}, "go once.Do(f): the go statement is the call"},
		{[]stackparse.Goroutine{once(1, 5, a), once(2, 9, "")}, waits{0: 1}, "one Once and one function in all, though called at two lines"},
		{[]stackparse.Goroutine{once(1, 5, a), once(2, 5, ""), once(3, 9, b), once(4, 9, "")}, waits{0: 1, 2: 3}, "two of them, each called at its line"},
		{[]stackparse.Goroutine{once(1, 5, a), once(2, 5, ""), once(3, 5, b), once(4, 5, "")}, waits{}, "two of them at one line cannot be told apart"},
		{[]stackparse.Goroutine{once(1, 5, a), once(2, 5, b), once(3, 5, "")}, waits{}, "one function, and two that are waited for"},
	} {
		got := waits{}
		r := relate.Relate(tt.gs, nil, nil)
		for i, l := range r.Links {
			assert.Equal(t, relate.RunsOnce, l.Why, tt.reason)
			got[i] = l.On
		}
		assert.Equal(t, tt.want, got, tt.reason)
	}
}

// A goroutine that runs the function of one Once and waits for another does not
// wait for itself.
func TestOnceInOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.go")
	require.NoError(t, os.WriteFile(path, []byte("package shop\n\nfunc (s *shop) get() {\n\ts.prices.Do(s.load)\n}\n\nfunc (s *shop) load() {\n\ts.rates.Do(s.fetch)\n}\n"), 0o600))
	get, load := stackparse.Frame{Func: "shop.(*shop).get", File: path, Line: 4}, stackparse.Frame{Func: "shop.(*shop).load", File: path, Line: 8}
	outer := []stackparse.Frame{load, {Func: "sync.(*Once).doSlow", Args: "0x0?"}, get}
	gs := []stackparse.Goroutine{once(1, 0, "0xc000010004", outer...), once(2, 0, "", load)}
	tree := &source.Tree{GoRoot: "/usr/local/go/src/"}
	r := relate.Relate(gs, nil, tree)
	assert.Equal(t, map[int]relate.Link{0: {On: 1, Sure: relate.Likely, Why: relate.RunsOnce}}, r.Links)

	outer[2] = load
	r = relate.Relate([]stackparse.Goroutine{once(1, 0, "0xc000010004", outer...)}, nil, tree)
	require.Len(t, r.Waits[0].Holders, 1)
	assert.Equal(t, 0, r.Waits[0].Holders[0].Goroutine, "the same Once: it waits for itself")
}

// Close of a server comes after the handler that it waits for.
func TestHandlerFirst(t *testing.T) {
	t.Parallel()
	closing := goroutine(1, "sync.WaitGroup.Wait", "sync.(*WaitGroup).Wait(0xc000010010)", "net/http/httptest.(*Server).Close(0xc000010000)", "shop.TestClose(0x1)")
	handler := goroutine(2, "chan receive", "shop.handle(0x1)", "net/http.serverHandler.ServeHTTP(0x1)", "net/http.(*conn).serve(0x1)")
	idle := goroutine(3, "IO wait", "net/http.(*conn).serve(0x1)")
	for _, cause := range []string{"httptest-close", "http-shutdown"} {
		gs := []stackparse.Goroutine{closing, idle, handler}
		r := relate.Relate(gs, []string{cause, "http-conn-idle", "http-handler-stuck"}, nil)
		assert.Equal(t, map[int]relate.Link{0: {On: 2, Sure: relate.Likely, Why: relate.ByCause}}, r.Links)
		assert.Empty(t, relate.Relate(gs, []string{"wg-wait", "http-conn-idle", "http-handler-stuck"}, nil).Links, "another wait is none for handlers")
	}
}
