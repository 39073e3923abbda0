package unbounded

import (
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// links returns that many URLs.
func links(n int) []string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = "https://example.com/" + strconv.Itoa(i)
	}
	return urls
}

// ways are both ways, which differ in how many pages they fetch at a time.
var ways = map[string]func([]string, Fetch) ([]string, error){
	"without a bound": FetchAllWrong,
	"with a pool":     func(urls []string, fetch Fetch) ([]string, error) { return FetchAll(20, urls, fetch) },
	"one by one":      func(urls []string, fetch Fetch) ([]string, error) { return FetchAll(1, urls, fetch) },
	"with no worker":  func(urls []string, fetch Fetch) ([]string, error) { return FetchAll(0, urls, fetch) },
}

// When all is done nothing is left of either way, and leakcheck is content.
func TestPages(t *testing.T) {
	errGone := errors.New("gone")
	for why, all := range ways {
		t.Run(why, func(t *testing.T) {
			leakcheck.Verify(t)
			pages, err := all(links(100), func(url string) (string, error) {
				if url == "https://example.com/7" {
					return "", errGone
				}
				return "text of " + url, nil
			})
			require.ErrorIs(t, err, errGone)
			require.Len(t, pages, 100)
			assert.Empty(t, pages[7])
			assert.Equal(t, "text of https://example.com/99", pages[99], "in the order of the URLs")

			pages, err = all(nil, nil)
			require.NoError(t, err)
			assert.Empty(t, pages, "nothing to fetch")
		})
	}
}

// peak returns how many of n fetches are under way at the same time: none ends
// before all that can begin have begun.
func peak(t *testing.T, n int, all func([]string, Fetch) ([]string, error)) (most int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int64
		release := make(chan struct{})
		done := make(chan error, 1)
		go func() {
			_, err := all(links(n), func(string) (string, error) {
				running.Add(1)
				<-release
				running.Add(-1)
				return "", nil
			})
			done <- err
		}()
		for begun := 0; begun < n; {
			synctest.Wait()
			now := running.Load()
			most = max(most, now)
			for range now {
				release <- struct{}{}
				begun++
			}
		}
		require.NoError(t, <-done)
	})
	return most
}

func TestFetchAllWrong(t *testing.T) {
	leakcheck.Verify(t) // and it finds nothing: all of them end
	assert.Equal(t, int64(many), peak(t, many, FetchAllWrong))
}

func TestFetchAll(t *testing.T) {
	leakcheck.Verify(t)
	pool := func(urls []string, fetch Fetch) ([]string, error) { return FetchAll(20, urls, fetch) }
	assert.Equal(t, int64(20), peak(t, many, pool))
}
