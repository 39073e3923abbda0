package filters_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	. "github.com/leakcheck-go/goroutine/filters"
)

// The ignores of real projects that hide what nobody meant to hide.
func TestTooBroad(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expr, want, reason string }{
		{"top:internal/poll.runtime_pollWait", "internal/poll.runtime_pollWait is on the stack of every goroutine that waits for the network or a pipe",
			"the commonest one: it hides a leaked Accept"},
		{"any:internal/poll.runtime_pollWait", "every goroutine that waits for the network", "anywhere on the stack is no narrower"},
		{"top:time.Sleep", "every goroutine that sleeps", "any sleep"},
		{"top:sync.runtime_notifyListWait", "every goroutine that waits on a sync.Cond", "any Cond"},
		{"top:sync.runtime_Semacquire", "on a semaphore", "any semaphore"},
		{"top:sync.runtime_SemacquireWaitGroup", "every goroutine that waits for others", "any WaitGroup"},
		{"top:syscall.syscall", "in a system call", "any system call of macOS"},
		{"top:syscall.Syscall6", "in a system call", "any system call"},
		{"any:k8s.io/apimachinery/pkg/util/wait.BackoffUntil", "every wait.Until", "the same helper before it was renamed"},
		{"any:k8s.io/apimachinery/pkg/util/wait.loopConditionUntilContext", "every wait.Poll", "a helper that polls"},
		{"any:k8s.io/apimachinery/pkg/util/wait.BackoffUntilWithContext", "every wait.Until", "a helper's loop"},
		{"created-by:golang.org/x/sync/errgroup.(*Group).Go", "every goroutine of an errgroup", "a helper's go statement"},
		{"created-by:iter.Pull[...]", "every iterator that is pulled from", "the mistake of one caller is that of all"},
		{"any:iter.Pull2[...].func1", "every iterator that is pulled from", "the same by what it runs"},
		{"created-by:net/http.(*Server).Serve", "every HTTP handler", "what a handler leaks is blocked in it"},
		{"top:/Wait$/", "internal/poll.runtime_pollWait is", "a regular expression that takes it in"},
		{"top:sync.*", "sync.runtime_notifyListWait is", "a wildcard that takes it in"},
		{"package:net", "every goroutine that waits for the network", "a package of many waits"},
		{"package:internal/...", "internal/poll is", "a tree of packages"},
		{"state:select", `state:"select" alone`, "a state"},
		{"wait:>=5m", "wait:>=5m alone", "a wait"},
		{"test:TestX", "every leak of the test", "a test"},
		{"started-in:1", "whatever that goroutine started", "the main goroutine's"},
		{"file:runtime/time.go", "every goroutine that sleeps", "a file of the runtime"},
		{"!created-by:shop.New", `!(created-by:"shop.New") matches every goroutine but some`, "all but one"},
		{"created-by:shop.New || top:time.Sleep", "time.Sleep is", "one broad alternative"},
		{"state:select && top:time.Sleep", `state:"select" alone`, "two broad halves"},
		{"!(!state:select || !top:time.Sleep)", `state:"select" alone`, "the same in other words"},

		{"created-by:shop.New", "", "one go statement"},
		{"created-by:shop.New && state:select", "", "one go statement, narrowed"},
		{"created-by:shop.New && !state:select", "", "narrowed by a not"},
		{"!(!created-by:shop.New || state:select)", "", "the same in other words"},
		{"top:time.Sleep && any:shop.poll", "", "a sleep of one function"},
		{"package:shop/...", "", "a user's own packages"},
		{"id:18", "", "one goroutine"},
		{"label:job=sync", "", "a user's own label"},
		{"known:benign", "", "the catalogue is narrow by its tests"},
	} {
		why := TooBroad(MustParse(tt.expr))
		if tt.want == "" {
			assert.Empty(t, why, "%s: %s", tt.expr, tt.reason)
		} else {
			assert.Contains(t, why, tt.want, "%s: %s", tt.expr, tt.reason)
		}
	}
	assert.Empty(t, TooBroad(Filter{}), "the zero Filter hides nothing")
}

func TestNeverMatches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expr, want, reason string }{
		{"created-by:shop.New && created-by:shop.Old", "no goroutine has both", "one creator"},
		{"top:time.Sleep && (id:1 && top:panic)", "no goroutine has both", "one top, however grouped"},
		{"state:select && state:running", "no goroutine has both", "one state"},
		{"id:1,2 && id:3", "no goroutine has both id:1,2 and id:3", "one id"},
		{"started-in:1 && started-in:2,3", "no goroutine has both", "one creator's id"},
		{"id:1 && !id:1", "id:1 is both", "a contradiction"},
		{"id:1 && (state:select && state:running || id:1 && id:2)", "no goroutine has both", "every alternative is impossible"},
		{"(id:1 && id:2) || (id:1 && id:3)", "no goroutine has both", "at the top, too"},

		{"any:a.F && any:b.F", "", "a stack has many calls"},
		{"id:1,2 && id:2,3", "", "id 2"},
		{"created-by:shop.* && created-by:shop.New", "", "a wildcard takes it in"},
		{"created-by:a/b%2ev2.F && created-by:a/b.v2.F", "", "one name, written twice"},
		{"id:1 && (id:2 && id:3 || id:1)", "", "one alternative is possible"},
		{"test:TestX && test:TestX/a", "", "a subtest belongs to both"},
		{"label:a=1 && label:a=2", "", "a dump may print a key twice"},
	} {
		why := NeverMatches(MustParse(tt.expr))
		if tt.want == "" {
			assert.Empty(t, why, "%s: %s", tt.expr, tt.reason)
		} else {
			assert.Contains(t, why, tt.want, "%s: %s", tt.expr, tt.reason)
		}
	}
	assert.NotEmpty(t, NeverMatches(Filter{}))
}
