package baseline_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
)

func TestKeyOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		calls   []string
		creator string
		want    []string
		reason  string
	}{
		{[]string{"shop.(*Pool).run"}, "shop.NewPool", []string{"shop.(*Pool).run", "created by shop.NewPool"}, "names stay"},
		{[]string{"shop.F"}, "", []string{"shop.F"}, "no creator"},
		{[]string{"shop.F.func1"}, "shop.F", []string{"shop.F.func", "created by shop.F"}, "a closure loses its number"},
		{[]string{"shop.F.func1.2.func3"}, "", []string{"shop.F.func"}, "closures within closures"},
		{[]string{"shop.F.gowrap7"}, "shop.F.func2", []string{"shop.F.func", "created by shop.F.func"},
			"the wrapper of a go statement, which Go 1.21 numbered as a closure"},
		{[]string{"shop.F.func1-range1"}, "", []string{"shop.F.func"}, "the body of a range over a function"},
		{[]string{"shop.F-range1"}, "", []string{"shop.F.func"}, "of a function that is no closure"},
		{[]string{"shop.init.3.func2"}, "", []string{"shop.init.func"}, "inits are counted, too"},
		{[]string{"shop.caller.callee.func1"}, "", []string{"shop.callee.func"}, "up to Go 1.26 an inlined closure has its caller's name"},
		{[]string{"shop.callee.func1"}, "", []string{"shop.callee.func"}, "which Go 1.27 leaves out"},
		{[]string{"shop.Start.(*Pool).run.func1"}, "", []string{"shop.(*Pool).run.func"}, "a method keeps its receiver"},
		{[]string{"shop.(*Pool[...]).run.func1"}, "", []string{"shop.(*Pool[...]).run.func"}, "a generic one, too"},
		{[]string{"shop.F.func1.G.func2"}, "", []string{"shop.G.func"}, "inlined into a closure"},
		{[]string{"shop.Map[int,string]"}, "", []string{"shop.Map[...]"}, "type arguments"},
		{[]string{"a.b/c%2ed.(*T).M.func1"}, "", []string{"a.b/c%2ed.(*T).M.func"}, "a path with dots and escapes"},
		{[]string{"shop.(*T).M-fm"}, "", []string{"shop.(*T).M-fm"}, "a method value is not counted"},
		{[]string{"shop.walk", "shop.walk", "shop.walk", "shop.F"}, "", []string{"shop.walk", "shop.F"}, "the depth of a recursion"},
		{[]string{"internal/poll.runtime_pollWait", "internal/poll.(*FD).Read", "net.(*conn).Read", "shop.read"}, "",
			[]string{"net.(*conn).Read", "shop.read"}, "the insides of the standard library"},
		{[]string{"sync.runtime_SemacquireWaitGroup", "sync.(*WaitGroup).Wait", "shop.F", "runtime.goexit"}, "",
			[]string{"sync.(*WaitGroup).Wait", "shop.F"}, "the runtime's, by another package's name"},
		{[]string{"runtime.goexit"}, "shop.F", []string{"runtime.goexit", "created by shop.F"}, "unless there is nothing else"},
		{[]string{"panic"}, "", []string{"panic"}, "the name without a package"},
		{[]string{"shop.F\nshop.G"}, "", []string{"shop.F_shop.G"}, "a name stays on its line"},
	} {
		key := baseline.KeyOf(tt.calls, tt.creator)
		assert.Equal(t, tt.want, key.Stack(), tt.reason)
	}
	long := make([]string, 300)
	for i := range long {
		long[i] = "shop.F" + strings.Repeat("x", i)
	}
	assert.Len(t, baseline.KeyOf(long, "").Stack(), 100, "a key is bounded")
}

// FuzzKeyOf: a key is its own key, whatever the names; else a file would not
// read back as it was written.
func FuzzKeyOf(f *testing.F) {
	f.Add("shop.F.func1", "shop.caller.callee.func1.2-range1", "shop.init.0.func1")
	f.Add("a/b%2ec.(*T[...]).M.gowrap1", "internal/x.F", "x[a[b]c].func1.1")
	f.Fuzz(func(t *testing.T, a, b, creator string) {
		key := baseline.KeyOf([]string{a, b}, creator)
		stack := key.Stack()
		again := stack
		if n := len(stack); creator != "" {
			require.True(t, strings.HasPrefix(stack[n-1], "created by "))
			again, creator = stack[:n-1], strings.TrimPrefix(stack[n-1], "created by ")
		}
		require.Equal(t, key, baseline.KeyOf(again, creator))
	})
}
