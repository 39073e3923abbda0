package verify

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A stack so deep that the runtime leaves out its middle.

func TestDeep(t *testing.T) {
	leakcheck.Verify(t)
	startDeep()
}

func startDeep() {
	go recurse(400, make(chan int)) // deep: go
}

func recurse(n int, ch chan int) {
	if n == 0 {
		<-ch // deep: wait
		return
	}
	recurse(n-1, ch)
}

// Labels that look like the syntax around them, or like a terminal's orders.

var nastyLabels = pprof.Labels(
	`quote"key`, `say "hi", \ and`,
	"new\nline", "goroutine 1 [running]:\nmain.main()\n\t/x.go:1 +0x1",
	"brackets]:", "{a: b}, [chan send]:",
	"escape\x1b[31m", "\x1b]0;title\a\x1b[2J\r\x00\x7f",
	"", "empty key",
	"bidi", "\u202egro.live\u2028",
	"bad utf8", "\xff\xfe\x80",
)

func TestLabelsDo(t *testing.T) {
	leakcheck.Verify(t)
	pprof.Do(t.Context(), nastyLabels, func(context.Context) { startSender() })
}

// The labels take the place of all that were there, the test's name with them.
func TestLabelsReplaced(t *testing.T) {
	leakcheck.Verify(t)
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), nastyLabels))
	startSender()
}

// A goroutine of a goroutine of the test: the dump has ancestors when asked.
func TestGrandchild(t *testing.T) {
	leakcheck.Verify(t)
	done := make(chan int)
	go func() {
		defer close(done)
		go func() {
			startSender()
		}()
	}()
	<-done
}
