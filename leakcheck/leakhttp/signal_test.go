//go:build unix

package leakhttp

import (
	"context"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestDumperOnSignal(t *testing.T) {
	leakcheck.Verify(t) // not parallel: a signal is for the whole process
	ctx, cancel := context.WithCancel(context.Background())
	d := newTestDumper(t.TempDir(), DumperOptions{})
	ready := make(chan struct{}, 1)
	d.live = func() int { // asked for after the signal is handled; before, it would end the process
		select {
		case ready <- struct{}{}:
		default:
		}
		return 1
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	<-ready
	require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	require.Eventually(t, func() bool { return slices.Contains(names(t, d.folder.path), "signal.txt") }, time.Minute, time.Millisecond)
	cancel()
	<-done
	assert.Contains(t, d.log.String(), "goroutines dumped")
}
