//go:build unix

package capture

import (
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// A read without a deadline ends when somebody closes the connection or something
// arrives, and by nothing else: there is no time to wait for.
func TestReadsForever(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var b [1]byte
		_, _, _ = conn.ReadFrom(b[:])
	}()
	forever := func() bool {
		for {
			gs := All().Goroutines
			if i := slices.IndexFunc(gs, func(g stackparse.Goroutine) bool {
				return g.State == "IO wait" && g.Creator != nil && g.Creator.Func ==
					"github.com/leakcheck-go/goroutine/internal/engine/capture.TestReadsForever"
			}); i >= 0 {
				return ReadsForever(&gs[i])
			}
			runtime.Gosched()
		}
	}
	assert.True(t, forever())
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Hour)))
	assert.False(t, forever(), "it has a deadline")
	require.NoError(t, conn.SetReadDeadline(time.Time{}))
	assert.True(t, forever(), "it has none any more")
	require.NoError(t, conn.SetWriteDeadline(time.Now().Add(time.Hour)))
	assert.True(t, forever(), "it has one for writing alone")
	require.NoError(t, conn.Close())
	<-ended
}

func TestReadsForeverNotKnown(t *testing.T) {
	t.Parallel()
	wait := func(args string) *stackparse.Goroutine {
		return &stackparse.Goroutine{State: "IO wait",
			Frames: []stackparse.Frame{{Func: "internal/poll.runtime_pollWait", Args: args}}}
	}
	for reason, g := range map[string]*stackparse.Goroutine{
		"no calls":                      {State: "IO wait"},
		"it is in another call":         {Frames: []stackparse.Frame{{Func: "main.f", Args: "0x1000, 0x72"}}},
		"no arguments":                  wait("..."),
		"the address may be stale":      wait("0x7f0000001000?, 0x72"),
		"it writes":                     wait("0x7f0000001000, 0x77"),
		"no memory is there":            wait("0x8, 0x72"),
		"the address is odd":            wait("0x7f0000001001, 0x72"),
		"no address has so many digits": wait("0x7f00000010017f0000001001, 0x72"),
	} {
		assert.False(t, ReadsForever(g), reason)
	}
}

// What looks for the place of the deadline leaves no descriptor behind.
func TestPollRecord(t *testing.T) {
	t.Parallel()
	assert.Positive(t, deadlineAt())
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	_, ok := pollRecord(f)
	assert.False(t, ok, "the poller does not know it")
}
