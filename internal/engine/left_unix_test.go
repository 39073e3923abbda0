//go:build linux || darwin

package engine

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/resource"
)

// Checks that look at the same time do not forget while which test a file was opened:
// what an earlier list lacks is not gone.
func TestLooksAtTheSameTime(t *testing.T) {
	t.Parallel()
	l, cfg := newOpenLedger(), &Config{Descriptors: &Things{}}
	look := func() resource.Set {
		s, err := l.look(cfg)
		assert.NoError(t, err)
		return s
	}
	look()
	stop := make(chan bool)
	var others sync.WaitGroup
	for range 2 {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					look()
				}
			}
		})
	}
	test := &Test{t: t}
	for range 200 {
		l.enter(test)
		f, err := os.Open(os.DevNull)
		require.NoError(t, err)
		look()
		l.leave(test)
		var when string
		for id := range look() {
			if id.Number == int(f.Fd()) {
				when = l.when(id)
			}
		}
		assert.Contains(t, when, t.Name())
		require.NoError(t, f.Close())
		look()
	}
	close(stop)
	others.Wait()
}
