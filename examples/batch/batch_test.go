package batch

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var errGone = errors.New("gone")

func ExampleRunBatch() {
	values, err := RunBatch(context.Background(), []int{1, 2}, func(_ context.Context, id int) (string, error) {
		return strconv.Itoa(10 * id), nil
	})
	fmt.Println(values, err)
	// Output: map[1:10 2:20] <nil>
}

func TestRunBatch(t *testing.T) {
	tests := []struct {
		why  string
		ids  []int
		want map[int]string
		fail string // "" for none
	}{
		{"there may be nothing to fetch", nil, map[int]string{}, ""},
		{"fewer items than workers", []int{1}, map[int]string{1: "1"}, ""},
		{"more items than workers", []int{1, 2, 3, 4, 5, 6}, map[int]string{1: "1", 2: "2", 3: "3", 4: "4", 5: "5", 6: "6"}, ""},
		{"one failure does not spoil the others", []int{1, -2, 3}, map[int]string{1: "1", 3: "3"}, "item -2: gone"},
		{"only failures are no success", []int{-1}, map[int]string{}, "item -1: gone"},
	}
	fetch := func(_ context.Context, id int) (string, error) {
		if id < 0 {
			return "", errGone
		}
		return strconv.Itoa(id), nil
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			values, err := RunBatch(t.Context(), tt.ids, fetch)
			assert.Equal(t, tt.want, values)
			if tt.fail == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, errGone)
			require.EqualError(t, err, tt.fail)
		})
	}
}

// All workers are busy, and there is one for each of the first ids alone.
func TestRunBatchIsBounded(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		var running, started atomic.Int64
		release := make(chan struct{})
		fetch := func(context.Context, int) (string, error) {
			started.Add(1)
			assert.LessOrEqual(t, running.Add(1), int64(workers))
			<-release
			running.Add(-1)
			return "", nil
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			values, err := RunBatch(t.Context(), []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, fetch)
			assert.NoError(t, err)
			assert.Len(t, values, 9)
		}()
		synctest.Wait()
		assert.Equal(t, int64(workers), started.Load(), "the others wait for a worker")
		close(release)
		<-done
	})
}

// The batch is cancelled while all workers fetch, without a look at the context.
// It returns at once; the workers send to nobody and end anyway.
func TestRunBatchCancelled(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var fetched atomic.Int64
		release := make(chan struct{})
		fetch := func(_ context.Context, id int) (string, error) {
			fetched.Add(1)
			if id != 1 {
				<-release
			}
			return strconv.Itoa(id), nil
		}
		go func() {
			synctest.Wait() // 1 is done, and four others are on their way
			cancel()
		}()

		values, err := RunBatch(ctx, []int{1, 2, 3, 4, 5, 6, 7}, fetch)

		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, map[int]string{1: "1"}, values, "what was there is returned")
		close(release)
		synctest.Wait()
		assert.Equal(t, int64(1+workers), fetched.Load(), "what had not begun is not fetched any more")
	})
}

// Nothing is fetched for a context that is over.
func TestRunBatchTooLate(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	values, err := RunBatch(ctx, []int{1, 2}, func(context.Context, int) (string, error) {
		t.Error("fetched")
		return "", nil
	})

	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, values)
}

// Item n takes n seconds, and there are two and a half.
func TestRunBatchDeadline(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()

		values, err := RunBatch(ctx, []int{1, 2, 3, 4}, func(ctx context.Context, id int) (string, error) {
			select {
			case <-time.After(time.Duration(id) * time.Second):
				return strconv.Itoa(id), nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		})

		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, map[int]string{1: "1", 2: "2"}, values)
		assert.Equal(t, 2500*time.Millisecond, time.Since(start), "the deadline is kept")
	})
}

// A result that is there counts after the end of the context too.
func TestNext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results := make(chan result, 1)
	for range 100 { // one select would lose about half of them
		results <- result{id: 7}
		r, ok := next(ctx, results)
		require.True(t, ok)
		require.Equal(t, 7, r.id)
	}
	_, ok := next(ctx, results)
	assert.False(t, ok, "none is there")
}
