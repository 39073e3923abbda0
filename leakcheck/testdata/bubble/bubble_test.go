// Package bubble uses testing/synctest with the check outside and inside of
// bubbles. The clock of a bubble belongs to its test: all clean tests assert
// that the check does not move it.
package bubble

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func startReceiver() {
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

// clock asserts that neither the start of the check nor the check itself moves
// the clock. It is called in place of Verify, and once more by a cleanup that
// comes after the check.
func clock(t *testing.T, verify func()) {
	t.Helper()
	var atEnd time.Time
	t.Cleanup(func() { assert.Equal(t, atEnd, time.Now(), "the clock at the end of the check") })
	before := time.Now()
	verify()
	assert.Equal(t, before, time.Now(), "the clock at the start of the check")
	t.Cleanup(func() { atEnd = time.Now() })
}

// The test leaks; what it does in a bubble is clean.
func TestOutsideLeak(t *testing.T) {
	leakcheck.Verify(t) // verify: TestOutsideLeak
	startReceiver()
	synctest.Test(t, func(*testing.T) {
		done := make(chan int)
		go func() {
			time.Sleep(time.Hour)
			close(done)
		}()
		<-done
	})
}

// Inside, the package's own end of the process comes after the report.
func TestInsideLeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() {
			leakcheck.Verify(t) // verify: TestInsideLeak
		})
		startReceiver()
	})
}

// The clock stands still once the test is over, so a sleeper never wakes up.
func TestInsideSleeperLeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() {
			leakcheck.Verify(t) // verify: TestInsideSleeperLeak
		})
		go func() { // sleeper: go
			time.Sleep(time.Hour) // sleeper: wait
		}()
	})
}

// A subtest cannot be in a bubble of its parent, but each can have its own.
func TestInsideOfSubtestLeak(t *testing.T) {
	leakcheck.Verify(t)
	for _, name := range []string{"clean", "leak"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				leakcheck.Verify(t) // verify: TestInsideOfSubtestLeak/leak
				if name == "leak" {
					startReceiver()
				}
			})
		})
	}
}

func TestOutside(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ended := make(chan time.Time, 1)
		start := time.Now()
		go func() {
			<-ctx.Done()
			ended <- time.Now()
		}()
		assert.Equal(t, time.Minute, (<-ended).Sub(start))
	})
}

// Goroutines that wait durably, in each of the ways that there are, until a
// cleanup ends them.
func TestDurableWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() { leakcheck.Verify(t) })
		ctx, cancel := context.WithCancel(t.Context())
		in, out := make(chan int), make(chan int)
		var wg sync.WaitGroup
		var mu sync.Mutex
		open, cond := false, sync.NewCond(&mu)
		wg.Add(1)
		for _, wait := range []func(){
			func() { <-ctx.Done() },
			func() { <-in },
			func() { out <- 1 },
			func() {
				select {
				case <-in:
				case <-time.After(time.Hour):
				}
			},
			wg.Wait,
			func() {
				mu.Lock()
				defer mu.Unlock()
				for !open {
					cond.Wait()
				}
			},
		} {
			go wait()
		}
		synctest.Wait()
		t.Cleanup(func() {
			cancel()
			close(in)
			<-out
			wg.Done()
			mu.Lock()
			open = true
			mu.Unlock()
			cond.Broadcast()
		})
	})
}

// A day passes in the test, and nothing after it.
func TestTimePasses(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() { leakcheck.Verify(t) })
		start := time.Now()
		var beats atomic.Int32
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			tick := time.NewTicker(time.Hour)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					beats.Add(1)
				case <-ctx.Done():
					return
				}
			}
		}()
		time.AfterFunc(100*time.Hour, func() { t.Error("later than the test") })
		time.Sleep(24*time.Hour + time.Minute)
		synctest.Wait()
		assert.EqualValues(t, 24, beats.Load())
		assert.Equal(t, 24*time.Hour+time.Minute, time.Since(start))
		cancel()
	})
}

// Goroutines that are on their way when the test is over.
func TestEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() { leakcheck.Verify(t) })
		first, last := make(chan int), make(chan int)
		before := first
		for range 50 {
			in, out := before, make(chan int)
			go func() {
				runtime.Gosched()
				for n := range in {
					out <- n + 1
				}
				close(out)
			}()
			before = out
		}
		go func() {
			for range before {
			}
			close(last)
		}()
		first <- 0
		close(first)
	})
}

// spin computes for some hundredths of a second without a wait.
func spin() (x uint64) {
	for range uint64(50_000_000) {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// A goroutine that still computes when the test is over. It ends by itself.
func TestComputesToTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		result := make(chan uint64, 1)
		t.Cleanup(func() { assert.Len(t, result, 1, "the check did not wait") })
		clock(t, func() { leakcheck.Verify(t) })
		go func() { result <- spin() }()
	})
}

// The same in system calls: a bubble's clock stands still meanwhile.
func TestWritesToTheEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	synctest.Test(t, func(t *testing.T) {
		result := make(chan error, 1)
		t.Cleanup(func() { assert.Len(t, result, 1, "the check did not wait") })
		clock(t, func() { leakcheck.Verify(t) })
		go func() { result <- write(name) }()
	})
}

func write(name string) error {
	f, err := os.Create(name)
	for n := 0; n < 15 && err == nil; n++ {
		if _, err = f.Write(make([]byte, 1<<16)); err == nil {
			err = f.Sync()
		}
	}
	return errors.Join(err, f.Close())
}

// A pipe of package net is made of channels, so it may cross a bubble's clock.
func TestNetPipe(t *testing.T) {
	leakcheck.Verify(t)
	synctest.Test(t, func(t *testing.T) {
		clock(t, func() { leakcheck.Verify(t) })
		a, b := net.Pipe()
		t.Cleanup(func() { a.Close() })
		go func() {
			defer b.Close()
			buf := make([]byte, 16)
			for {
				n, err := b.Read(buf)
				if err != nil {
					return
				}
				time.Sleep(time.Second)
				b.Write(buf[:n])
			}
		}()
		start := time.Now()
		_, err := a.Write([]byte("ping"))
		require.NoError(t, err)
		buf := make([]byte, 4)
		_, err = a.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "ping", string(buf))
		assert.Equal(t, time.Second, time.Since(start))
	})
}

// Bubbles at the same time, and with them a test outside of any that leaks: a
// proof must not be asked for while there are bubbles.
func TestAtOnce(t *testing.T) {
	for _, name := range []string{"A", "B", "C"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leakcheck.Verify(t)
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					clock(t, func() { leakcheck.Verify(t) })
					done := make(chan int)
					go func() {
						defer close(done)
						time.Sleep(time.Minute)
					}()
					synctest.Wait()
					<-done
				})
			}
		})
	}
	t.Run("leak", func(t *testing.T) {
		t.Parallel()
		leakcheck.Verify(t) // verify: TestAtOnce/leak
		startReceiver()
	})
}

// A test that is stuck in its bubble reaches no cleanup of its own.
func TestStuckInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leakcheck.Verify(t) // verify: TestStuckInside
		startReceiver()
		<-make(chan int) // stuck inside
	})
}

// The same with the check around the bubble.
func TestStuckAround(t *testing.T) {
	leakcheck.Verify(t) // verify: TestStuckAround
	synctest.Test(t, func(*testing.T) {
		startReceiver()
		<-make(chan int) // stuck around
	})
}

// The test in the bubble ends, and leaves a goroutine in it.
func TestLeftAround(t *testing.T) {
	leakcheck.Verify(t) // verify: TestLeftAround
	synctest.Test(t, func(*testing.T) { startReceiver() })
}
