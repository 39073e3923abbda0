// Package wait says what a goroutine's wait means: whether it ends by itself,
// waits for a timer, is requested work, or is what every service does all day.
//
// A dump names a state, "chan receive", and the calls that led there. Each
// question about a leak begins with these two: a check that waits for a
// goroutine asks [Moves] and [OnTimer], the exit report asks [AtWork], and
// reports on services ask [Outside] and [Everyday].
package wait

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Moves reports whether g may go on by itself: it runs, sleeps, or waits for
// the system. A wait for connections does not count: only a Close ends it.
func Moves(g *stackparse.Goroutine) bool {
	switch g.State {
	// The poller wakes it whenever the other side sends or goes: that is nothing that this
	// process decides.
	case "IO wait":
		return !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool { return f.Func == "net.(*netFD).accept" })
	case "chan send", "chan receive", "select", "select (no cases)", "semacquire", "coroutine",
		"chan send (nil chan)", "chan receive (nil chan)":
		return false
	}
	return !strings.HasPrefix(g.State, "sync.")
}

// ReadsPackets reports whether g waits for a packet, which may come from anywhere:
// no other side ends the wait by closing its own.
func ReadsPackets(g *stackparse.Goroutine) bool {
	return g.State == "IO wait" && slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return strings.HasPrefix(f.Func, "internal/poll.(*FD).ReadFrom") ||
			strings.HasPrefix(f.Func, "internal/poll.(*FD).ReadMsg") ||
			strings.HasPrefix(f.Func, "golang.org/x/net/internal/socket.(*Conn).recvMsg") // several at a time
	}) && !slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return strings.HasPrefix(f.Func, "net.(*UnixConn).") // it may be a stream
	})
}

// Receives reports whether g receives from a channel, alone or in a select: a
// timer that no dump shows may be about to end the wait.
func Receives(g *stackparse.Goroutine) bool {
	return g.State == "chan receive" || g.State == "select"
}

// OnTimer reports whether the source shows that g waits for a timer besides
// what else it may wait for. No dump says that.
func OnTimer(g *stackparse.Goroutine, tree *source.Tree) bool {
	// The first call of the user's has to be the innermost: a select of the standard
	// library's with a timer, as in net/http, is not what the user's line shows.
	return Receives(g) && tree.User(g.Frames) == 0 && tree.WaitsForTimer(g.Frames[0].File, g.Frames[0].Line)
}

// Asleep returns how long g, which began at most ago, goes on sleeping at least;
// 0 where that is not known. The argument of time.Sleep says it.
func Asleep(g *stackparse.Goroutine, ago time.Duration) time.Duration {
	if g.State != "sleep" || len(g.Frames) == 0 || g.Frames[0].Func != "time.Sleep" || ago < 0 {
		return 0
	}
	// "?" marks a value that may be stale; on a 32-bit system there are two words.
	d, err := strconv.ParseInt(g.Frames[0].Args, 0, 64)
	if err != nil {
		return 0
	}
	return max(time.Duration(d)-ago, 0)
}

// Runs reports whether g has, or is about to have, a processor.
func Runs(g *stackparse.Goroutine) bool { return g.State == "running" || g.State == "runnable" }

// Outside reports whether a goroutine in this state is kept by nothing inside of
// the process: it runs, sleeps, or waits for the system. However long that takes,
// it is no sign of a leak by itself.
func Outside(state string) bool {
	switch state {
	case "IO wait", "sleep", "syscall", "running", "runnable":
		return true
	}
	return false
}

// Everyday reports whether every service has a few goroutines in this state: a
// loop, a listener, a connection. "" is the state that a profile does not show.
func Everyday(state string) bool {
	switch state {
	case "", "select", "chan receive", "sync.Cond.Wait":
		return true
	}
	return Outside(state)
}

// AtWork reports whether g would do something if the process went on, without
// being given anything new to do. If the state alone does not decide, AtWork
// asks for the cause of the wait; see package cause.
func AtWork(g *stackparse.Goroutine, tree *source.Tree, cause func(*stackparse.Goroutine) string) bool {
	switch {
	case handling(g, tree):
		return true
	case allStd(g, tree) && (g.Creator == nil || tree.Std(g.Creator.Func, g.Creator.File)):
		return false // a helper of the standard library
	}
	switch g.State {
	case "chan receive", "select":
		// Inside of a call of the standard library it waits for an answer; in the
		// user's own code, for something to do.
		return len(g.Frames) > 0 && tree.Std(g.Frames[0].Func, g.Frames[0].File)
	case "IO wait", "syscall":
		// Asked last: finding a cause looks at the whole stack, and most states do not need
		// it.
		return !slices.Contains(awaitsOthers, cause(g))
	case "chan send", "semacquire", "sleep", "running", "runnable":
		return true
	}
	return strings.HasPrefix(g.State, "sync.") && g.State != "sync.Cond.Wait"
}

// awaitsOthers are the causes of goroutines in input that begins when somebody
// else wants something, and may never.
var awaitsOthers = []string{"stdin", "listener-accept", "udp-read", "http-server", "http-conn-idle", "signal-loop"}

// handling reports whether g is in the middle of an HTTP request, whatever its
// handler waits for.
func handling(g *stackparse.Goroutine, tree *source.Tree) bool {
	return !allStd(g, tree) && slices.ContainsFunc(g.Frames, func(f stackparse.Frame) bool {
		return f.Func == "net/http.(*conn).serve" || http2Call(f.Func) == "serverConn).runHandler"
	})
}

func allStd(g *stackparse.Goroutine, tree *source.Tree) bool {
	return tree.User(g.Frames) < 0
}

// SamePlace reports whether b waits where a did. Arguments do not count: a
// garbage collection moves stacks, and so changes the addresses of what lies there.
func SamePlace(a, b *stackparse.Goroutine) bool {
	return a.State == b.State && slices.EqualFunc(a.Frames, b.Frames, func(x, y stackparse.Frame) bool {
		return x.Func == y.Func && x.File == y.File && x.Line == y.Line
	})
}
