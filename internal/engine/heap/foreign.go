package heap

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Names says what is at addresses of the program that wrote a dump.
type Names interface {
	// Calls returns the calls that are under way at a program counter, the
	// innermost, which was inlined, first. It returns nil where that is not known.
	Calls(pc uint64) []Call
	// Func returns the function that begins at an address, or "".
	Func(entry uint64) string
	// Variable returns the expression that leads from the package-level variable
	// at an address to the last of the objects: shop.registry["x"].done. It
	// returns the variable alone where types do not tell, and "" where nothing does.
	Variable(addr uint64, way []uint64) string
}

// foreign is what is kept of the dump of another process, whose memory cannot
// be looked at.
type foreign struct {
	data     []byte
	contents []content
	entries  map[string]uint64 // addresses of the functions on stacks
	code     []uint64          // addresses near the program's code
	latest   uint64            // the latest moment that a goroutine began to wait at, by the runtime's clock
	names    Names
}

// content is a piece of memory, and where it lies in the dump.
type content struct {
	addr uint64
	from int
	size int
}

// Open reads the heap dump in a file that any program has written. The graph
// needs the file until it is closed.
func Open(path string, l Limits) (g *Graph, closeFile func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	l = l.withDefaults()
	data, unmap, err := contents(f, l)
	if err != nil {
		return nil, nil, err
	}
	// We do not know whether garbage was collected before the dump of another process, so
	// nothing in it counts as unseen.
	b := newBuilder(data, l, false)
	b.g.foreign = &foreign{data: data, entries: map[string]uint64{}}
	if g, err = b.graph(); err != nil {
		unmap()
		return nil, nil, err
	}
	slices.SortFunc(g.foreign.contents, func(a, b content) int { return cmp.Compare(a.addr, b.addr) })
	return g, unmap, nil
}

// keep remembers where the n bytes at an address are, which were read just now.
func (b *builder) keep(addr uint64, n int) {
	if f := b.g.foreign; f != nil && b.in.err == nil {
		f.contents = append(f.contents, content{addr, b.in.pos - n, n})
	}
}

// itab takes the address of a method table for one near the program's code: most
// of them are a part of the program.
func (b *builder) itab(addr uint64) {
	const most = 8
	if f := b.g.foreign; f != nil && len(f.code) < most && !b.isCode(addr) {
		f.code = append(f.code, addr)
	}
}

// isCode reports whether an address may be one of the program's code.
func (b *builder) isCode(addr uint64) bool {
	near := func(code uint64) bool { return addr-code+maxText < 2*maxText }
	if f := b.g.foreign; f != nil {
		return slices.ContainsFunc(f.code, near)
	}
	return b.own != 0 && near(b.own)
}

// called remembers where a function on a stack begins.
func (b *builder) called(name string, entry uint64) {
	const most = 1 << 16
	if f := b.g.foreign; f != nil && len(f.entries) < most {
		f.entries[name] = entry
	}
}

// SetNames tells what is at the addresses in the dump of another process.
func (g *Graph) SetNames(n Names) { g.foreign.names = n }

// Entries returns where the functions on the stacks begin.
func (g *Graph) Entries() map[string]uint64 { return g.foreign.entries }

// Memory returns the n bytes at an address, nil where the dump does not have
// them. They are a part of the dump.
func (g *Graph) Memory(addr uint64, n int) []byte {
	f := g.foreign
	i := floor(f.contents, addr, func(c content) uint64 { return c.addr })
	if i < 0 || n < 0 {
		return nil
	}
	c := f.contents[i]
	off := addr - c.addr
	if off > uint64(c.size) || uint64(n) > uint64(c.size)-off {
		return nil
	}
	return f.data[c.from+int(off):][:n]
}

// Object returns where the object at an address begins, and where it ends. Of
// static memory it takes what comes before the next that a variable points to.
func (g *Graph) Object(addr uint64) (from, to uint64) {
	if o := g.at(addr); o != none {
		return g.address(o), g.address(o) + uint64(g.size(o))
	}
	i, _ := slices.BinarySearchFunc(g.statics, addr+1, func(s rawSlot, addr uint64) int {
		return cmp.Compare(s.value, addr)
	})
	if i < len(g.statics) {
		return addr, g.statics[i].value
	}
	return addr, addr + 1
}

// PointerSize returns the number of bytes of a pointer.
func (g *Graph) PointerSize() int { return g.ptrSize }

// statusRunning is that of a goroutine that runs, and writing the reason to wait
// of the one that wrote the dump.
const (
	statusRunning = 2
	writing       = "dumping heap"
)

// statuses are the texts for those of a goroutine that does not wait, as in
// runtime/traceback.go.
var statuses = map[uint64]string{0: "idle", 1: "runnable", statusRunning: "running", 3: "syscall",
	statusWaiting: "waiting", 6: "dead", 8: "copystack", 9: "preempted", statusLeaked: "leaked"}

// Goroutines returns the goroutines as the text of the same moment would show
// them, as far as the dump and the names tell: without arguments and labels, and
// with minutes that are no more than they have waited.
func (g *Graph) Goroutines() []stackparse.Goroutine {
	var gs []stackparse.Goroutine
	for _, x := range g.goroutines {
		// Dead records are kept for the next go statement (gfput in runtime/proc.go), and a
		// text dump leaves both out.
		if x.system || x.status == 6 {
			continue
		}
		t := stackparse.Goroutine{ID: x.id, State: statuses[x.status&^0x1000], Leaked: x.status == statusLeaked}
		switch {
		case x.reason == writing:
			t.State = statuses[statusRunning]
		case x.status == statusWaiting && x.reason != "" || x.status == statusLeaked:
			t.State = x.reason
		}
		// The dump does not say what time it was, but not earlier than this.
		if x.since > 0 && x.since < g.foreign.latest && wasWaiting(x) {
			t.Wait = time.Duration(g.foreign.latest - x.since).Truncate(time.Minute)
		}
		for i, pc := range x.pcs {
			if i > 0 && pc > 0 {
				pc-- // the call, not what comes after it
			}
			t.Frames = append(t.Frames, g.frames(x.funcs[i], pc)...)
		}
		if calls := g.calls(x.gopc - 1); x.gopc > 0 && len(calls) > 0 && x.id != 1 && isShown(calls[0].Func) {
			t.Creator = &stackparse.Creator{Func: calls[0].Func, File: calls[0].File, Line: calls[0].Line}
		}
		gs = append(gs, t)
	}
	return gs
}

func wasWaiting(x *goroutine) bool { return x.status == statusWaiting || x.status == statusLeaked }

func (g *Graph) calls(pc uint64) []Call {
	if g.foreign.names == nil {
		return nil
	}
	return g.foreign.names.Calls(pc)
}

// frames are the calls of one frame that a text shows.
func (g *Graph) frames(name string, pc uint64) []stackparse.Frame {
	calls := g.calls(pc)
	if len(calls) == 0 {
		calls = []Call{{Func: name}}
	}
	calls[len(calls)-1].Func = name // as the runtime writes type arguments
	var frames []stackparse.Frame
	for i, c := range calls {
		if !isShown(c.Func) {
			continue
		}
		f := stackparse.Frame{Func: c.Func, File: c.File, Line: c.Line}
		if i < len(calls)-1 {
			f.Args = "..." // inlined, as the text marks it
		}
		frames = append(frames, f)
	}
	return frames
}

// isShown reports whether the runtime prints a call of a goroutine that did not
// crash in the runtime itself.
func isShown(name string) bool {
	rest, runtime := strings.CutPrefix(name, "runtime.")
	if !runtime {
		return !strings.HasPrefix(name, "internal/runtime/")
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsUpper(first)
}

// Data returns where the first variable lies, 0 if there is none.
func (g *Graph) Data() uint64 { return g.data }
