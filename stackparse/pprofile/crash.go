package pprofile

import (
	"bytes"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// Crash is what a process said when it ended, before its goroutines.
type Crash struct {
	Message string // whole, without the prefix of a log: "panic: boom"

	// Deadlock says that the runtime has proven that no goroutine can go on: "all
	// goroutines are asleep - deadlock!".
	Deadlock bool

	// Asked says that it did not crash, but was asked for the dump by SIGQUIT.
	Asked bool

	// Stack is what a crash in C code or on a thread of the runtime's own prints
	// without a header.
	Stack []stackparse.Frame

	Line int // of the message in the input
}

const (
	maxCrashLines = 500
	maxCrashBytes = 64 << 10
	deadlock      = "all goroutines are asleep - deadlock!"
)

// crashStarts are what messages of crashes start with (runtime/panic.go,
// signal_unix.go, stack.go).
var crashStarts = []string{
	"fatal error: ", "panic: ", "SIG", "runtime: goroutine stack exceeds ", "runtime: out of memory",
	"unexpected fault address ",
}

// crashText finds crashes in the text around goroutines.
type crashText struct {
	crash   *Crash // the last one
	last    int    // its last line
	closed  bool   // goroutines have come since
	wrap    unwrap.Wrapping
	message []string
	stack   []byte // what may be a stack without a header
	lines   int
}

// add takes a line of text.
func (c *crashText) add(line int, text []byte) {
	if c.crash != nil && !c.closed {
		c.more(line, text)
		return
	}
	at := crashStart(text)
	if at < 0 {
		return
	}
	*c = crashText{crash: &Crash{Line: line}, last: line}
	c.wrap.Line = line
	if at > 0 && !unwrap.InQuotes(text[:at]) {
		c.wrap.SetPrefix(text[:at])
	}
	c.message = []string{value(text, at)}
	c.crash.Asked = strings.HasPrefix(c.message[0], "SIGQUIT: ")
}

// value returns text from at on, to the end of the quoted value that it is in.
func value(text []byte, at int) string {
	if !unwrap.InQuotes(text[:at]) {
		return string(text[at:])
	}
	end := unwrap.ClosingQuote(text, at)
	return strings.TrimRight(string(unwrap.Unquote(nil, text[at:end])), "\n")
}

// crashStart returns where in text the message of a crash starts, or -1. Words
// before it make it one that a log tells of: "recovered from panic: x".
func crashStart(text []byte) int {
	for _, start := range crashStarts {
		at := bytes.Index(text, []byte(start))
		if at < 0 || start == "SIG" && !isSignal(text[at:]) {
			continue
		}
		before := bytes.TrimRight(text[:at], " \t")
		// A letter right before it makes it the end of a word; a small one before
		// blanks is a sentence that goes on.
		if n := len(before); n > 0 && (n == at && unwrap.IsWordByte(before[n-1]) ||
			'a' <= before[n-1] && before[n-1] <= 'z') {
			continue
		}
		return at
	}
	return -1
}

// isSignal reports whether text starts like "SIGSEGV: segmentation violation".
func isSignal(text []byte) bool {
	name, _, ok := bytes.Cut(text, []byte(": "))
	return ok && len(name) > len("SIG") && len(name) <= len("SIGVTALRM") && bytes.Equal(name, bytes.ToUpper(name)) &&
		bytes.IndexByte(name, ' ') < 0
}

// more takes a line after the first one: of the message, if nothing was
// between them, or of a stack without a header.
func (c *crashText) more(line int, text []byte) {
	if c.lines++; c.lines > maxCrashLines || len(c.stack) > maxCrashBytes {
		return
	}
	c.wrap.Line = line
	text, _ = c.wrap.Cut(text)
	// "runtime: out of memory: cannot allocate" comes before the "fatal error: " that
	// people know it by.
	if at := crashStart(text); at == 0 && line == c.last+1 && strings.HasPrefix(c.message[0], "runtime: ") {
		c.message = append([]string{string(text)}, c.message...) // what it led to
		c.last = line
		return
	}
	if line == c.last+1 && isMessage(text) {
		c.message = append(c.message, string(text))
		c.last = line
		return
	}
	c.stack = append(append(c.stack, text...), '\n')
}

// isMessage reports whether a line that follows a message is of it: another
// line of a value, which the runtime indents, the address of a fault, or what
// tests were running.
func isMessage(text []byte) bool {
	return len(text) > 0 && (text[0] == '\t' || text[0] == '[' || bytes.HasPrefix(text, []byte("signal arrived ")))
}

// end is called when a goroutine follows, or nothing.
func (c *crashText) end() {
	if c.crash == nil || c.closed {
		return
	}
	c.closed = true
	c.crash.Message = strings.Join(c.message, "\n")
	c.crash.Deadlock = strings.Contains(c.crash.Message, deadlock)
	// The runtime prints no header for it, and without one Parse would take it for
	// text.
	gs, _ := stackparse.Parse(append([]byte("goroutine 0 [running]:\n"), c.stack...))
	if len(gs) == 1 && len(gs[0].Frames) > 0 {
		c.crash.Stack = gs[0].Frames
	}
}
