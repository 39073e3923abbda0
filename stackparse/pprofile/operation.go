package pprofile

import "strings"

// call is a call of a stack as a protobuf profile holds it, with the frames of
// the runtime.
type call struct {
	fn          string
	file        string
	line, start int64 // start is where the function starts, 0 if not said
	pc          uint64
}

// operations maps the functions that park a goroutine to the wait reason they
// give, as in waitReasonStrings of runtime/runtime2.go. Names of other packages
// are functions of the runtime that these packages call by linkname. The files
// are those of Go 1.26 and 1.27; older releases had less, and sync's own
// runtime_SemacquireMutex.
var operations = map[string]string{
	"runtime.chanrecv":                      "chan receive",      // chan.go
	"runtime.chansend":                      "chan send",         // chan.go
	"runtime.selectgo":                      "select",            // select.go
	"runtime.block":                         "select (no cases)", // select.go
	"runtime.netpollblock":                  "IO wait",           // netpoll.go
	"runtime.semacquire":                    "semacquire",        // sema.go, with all that follow
	"sync.runtime_Semacquire":               "semacquire",        //
	"internal/poll.runtime_Semacquire":      "semacquire",
	"internal/sync.runtime_SemacquireMutex": "sync.Mutex.Lock",
	"sync.runtime_SemacquireMutex":          "sync.Mutex.Lock",
	"sync.runtime_SemacquireRWMutexR":       "sync.RWMutex.RLock",
	"sync.runtime_SemacquireRWMutex":        "sync.RWMutex.Lock",
	"sync.runtime_SemacquireWaitGroup":      "sync.WaitGroup.Wait",
	"sync.runtime_notifyListWait":           "sync.Cond.Wait",
	"time.Sleep":                            "sleep",                  // time.go
	"internal/synctest.Run":                 "synctest.Run",           // synctest.go
	"internal/synctest.Wait":                "synctest.Wait",          // synctest.go
	"runtime.gcParkAssist":                  "GC assist wait",         // mgcmark.go
	"runtime.gcWaitOnMark":                  "wait for GC cycle",      // mgc.go
	"runtime.gcParkStrongFromWeak":          "GC weak to strong wait", // mheap.go
}

// innermost maps functions that a goroutine stops in without being parked to
// the state it then has.
var innermost = map[string]string{
	"runtime.Gosched":       "runnable",  // proc.go
	"runtime.asyncPreempt":  "runnable",  // preempt_*.s
	"runtime.asyncPreempt2": "runnable",  // preempt.go
	"runtime.coroswitch":    "coroutine", // coro.go
	"runtime.cgocall":       "syscall",   // cgocall.go
	"runtime.notetsleepg":   "syscall",   // lock_futex.go, lock_sema.go: os/signal waits here
}

// maxNilCheck is how far below their start, in lines, chanrecv and chansend
// park for a nil channel. It is the first thing they do (12 and 5 lines), and
// the other places where they park come more than 100 lines later.
const maxNilCheck = 20

// operation returns the state of a goroutine with the given stack, "" if that
// does not show.
func operation(stack []call) string {
	if len(stack) == 0 {
		return ""
	}
	if stack[0].fn != "runtime.gopark" {
		return unparked(stack[0].fn)
	}
	semaphore := false
	for _, c := range stack[1:] {
		switch c.fn {
		case "runtime.goparkunlock":
			continue
		case "runtime.semacquire1":
			semaphore = true
			continue
		}
		op := operations[c.fn]
		switch {
		// A caller of semacquire1 that the table lacks: what it waits for does not
		// show.
		case op == "" && semaphore:
			return "semacquire"
		case c.fn == "runtime.chanrecv" || c.fn == "runtime.chansend":
			return op + nilChan(c)
		}
		return op
	}
	return ""
}

func unparked(fn string) string {
	if state := innermost[fn]; state != "" {
		return state
	}
	// The functions of package syscall that enter the kernel, syscall.Syscall6
	// or on Darwin syscall.syscall6X, are the innermost only while it works.
	if name, ok := strings.CutPrefix(fn, "syscall."); ok && len(name) > 6 && name[1:7] == "yscall" {
		return "syscall"
	}
	return ""
}

func nilChan(c call) string {
	if c.start > 0 && c.line > c.start && c.line-c.start <= maxNilCheck {
		return " (nil chan)"
	}
	return ""
}
