package stackparse

import (
	"slices"
	"time"
)

// Goroutine is one goroutine of a dump.
//
// A field that the dump did not print has its zero value; a zero therefore
// means "not said", never "measured as zero".
type Goroutine struct {
	ID             int64         // as printed: unique in a process and never used again, but not in order of creation
	State          string        // status or wait reason without its suffixes: "running", "chan receive (nil chan)"
	Wait           time.Duration // whole minutes; counted by the runtime from a garbage collection, so not an age
	Leaked         bool          // " (leaked)": the runtime proved that nothing can wake it
	Durable        bool          // " (durable)": durably blocked in a testing/synctest bubble
	Scan           bool          // " (scan)": the garbage collector was reading its stack
	LockedToThread bool          // runtime.LockOSThread is in force
	Unavailable    bool          // crashes: it ran on another thread, so that its stack could not be printed
	Truncated      bool          // the input ends in the middle of it
	Bubble         int64         // number of its testing/synctest bubble
	BubbleRoot     int64         // Go 1.24, where it is Bubble too: id of the goroutine that started the bubble
	Labels         []Label       // runtime/pprof labels in printed order; nil may also mean that labels were not printed
	Frames         []Frame       // innermost call first
	Elided         int           // calls that the runtime left out of the middle of a deep stack
	ElidedAt       int           // index in Frames of the first frame after those left out
	// the go statement that started it; nil for the main goroutine and for some of the runtime's own
	Creator   *Creator
	Ancestors []Ancestor // GODEBUG=tracebackancestors=N: who started its creator, and so on, nearest first
	Thread    *Thread    // crashes: where it ran
	Unparsed  []string   // parts of the header and lines of the body that this package does not know, verbatim
	Line      int        // line of the header in the input, counted from 1
}

// Thread is what crashes print of a goroutine and the thread it ran on.
type Thread struct {
	G            uint64  // address of the runtime's record of the goroutine; 0 where it was not printed
	Running      bool    // it ran on a thread, which M and MAddr name
	M            int64   // number of the thread
	MAddr        uint64  // address of the runtime's record of the thread
	RuntimeStack []Frame // "runtime stack:" before it: what the thread did on its system stack
}

// Label is one runtime/pprof label of a goroutine, unquoted.
type Label struct{ Key, Value string }

// Frame is one call of a stack.
type Frame struct {
	Func string // full name as printed, package path escapes kept: "net/http.(*Server).Serve"
	// text between the parentheses: "0xc000012345, {0x1, 0x2}, ...", "..." for an inlined call, "pc=0x45f2a0" for a C
	// function
	Args   string
	File   string // path as printed; "" where it was not printed or was cut off
	Line   int    // counted from 1
	Offset uint64 // bytes from the start of the function to the program counter; 0 where it was not printed
}

// Creator is the go statement that started a goroutine.
type Creator struct {
	Func      string // the function that holds the go statement
	Goroutine int64  // id of the goroutine that ran it; 0 where it was not printed
	File      string // of the go statement, as printed; "" where it was cut off
	Line      int    // of the go statement, counted from 1
	Offset    uint64 // as in [Frame]
}

// Ancestor is the stack, at the moment of its go statement, of a goroutine
// that stands above another in the chain of creators.
type Ancestor struct {
	ID      int64    // of the goroutine, which may have ended
	Frames  []Frame  // innermost call first; the runtime prints no arguments of it
	Elided  bool     // the runtime keeps 50 calls and said that there were more
	Creator *Creator // the go statement that started it; nil where it was not printed
}

// Label returns the value of the label key, and whether there is one.
func (g *Goroutine) Label(key string) (string, bool) {
	for _, l := range g.Labels {
		if l.Key == key {
			return l.Value, true
		}
	}
	return "", false
}

// Clone returns a copy of g that shares no memory with the [Reader] that gave
// it, apart from strings, which are never overwritten.
func (g *Goroutine) Clone() *Goroutine {
	c := *g
	c.Labels = slices.Clone(g.Labels)
	c.Frames = slices.Clone(g.Frames)
	c.Unparsed = slices.Clone(g.Unparsed)
	c.Creator = g.Creator.clone()
	c.Thread = g.Thread.clone()
	c.Ancestors = slices.Clone(g.Ancestors)
	for i := range c.Ancestors {
		a := &c.Ancestors[i]
		a.Frames = append([]Frame(nil), a.Frames...) // nil if empty, whatever the Reader's memory is
		a.Creator = a.Creator.clone()
	}
	return &c
}

func (c *Creator) clone() *Creator {
	if c == nil {
		return nil
	}
	d := *c
	return &d
}

func (t *Thread) clone() *Thread {
	if t == nil {
		return nil
	}
	d := *t
	d.RuntimeStack = slices.Clone(t.RuntimeStack)
	return &d
}
