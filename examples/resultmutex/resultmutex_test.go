package resultmutex

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestMain looks after the example too, which has no test to call Verify with.
func TestMain(m *testing.M) { leakcheck.VerifyTestMain(m) }

func one() int { return 1 }

func ExampleSum() {
	fmt.Println("Result:", Sum(one, one))
	// Output: Result: 2
}

func TestSum(t *testing.T) {
	for why, tt := range map[string]struct {
		tasks []func() int
		want  int
	}{
		"no task adds nothing":                 {nil, 0},
		"one task is no special case":          {[]func() int{one}, 1},
		"no addition is lost among a thousand": {slices.Repeat([]func() int{one}, 1000), 1000},
	} {
		t.Run(why, func(t *testing.T) {
			leakcheck.Verify(t)
			assert.Equal(t, tt.want, Sum(tt.tasks...))
		})
	}
}

// Two tasks that need each other end only if both run at the same time, which
// they do not when the lock is held around a task.
func TestSumAtTheSameTime(t *testing.T) {
	leakcheck.Verify(t)
	numbers := make(chan int)
	give := func() int { numbers <- 2; return 3 }
	take := func() int { return <-numbers }
	assert.Equal(t, 5, Sum(give, take))
}
