package heap

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
	"unsafe"

	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
)

// Switch is the environment variable that switches the reading of the heap off
// where it is "off".
const Switch = "LEAKCHECK_HEAP"

// Off reports whether the heap of this process must not be read.
func Off() bool { return WhyOff() != "" }

// WhyOff says why the heap of this process must not be read, "" where it may be.
// A fuzz worker holds 100 MB for the engine's mutations, which every dump would
// write, and the engine kills a worker whose callback takes ten seconds.
func WhyOff() string {
	switch {
	case os.Getenv(Switch) == "off":
		return Switch + "=off is set"
	case testbin.FuzzWorker():
		return "this is a worker of go test -fuzz"
	}
	return ""
}

// capturing is held during a capture: the runtime writes one dump at a time.
var capturing sync.Mutex

// Capture collects garbage, dumps the heap of this process and reads the dump.
// The world is stopped while the dump is written, about 2.5 ms for each
// megabyte.
//
// It refuses, with ErrLimit, where the heap is larger than l allows, and with
// ErrBusy where the runtime would end the process: its dump does not know the
// goroutines that a goroutine leak profile has marked as leaked.
func Capture(l Limits) (*Graph, error) { return capture(l, nil) }

// capture is Capture, for a caller that looks for objects where s is not nil.
func capture(l Limits, s *searched) (*Graph, error) {
	l = l.withDefaults()
	capturing.Lock()
	defer capturing.Unlock()
	// The time of this timer, which never fires, says what the runtime's
	// clock shows now.
	const far = 1000 * time.Hour
	started := time.Now()
	probe := time.AfterFunc(far, func() {})
	defer probe.Stop()
	// It returns only after the sweep (runtime/mgc.go): no garbage is in the dump, so what
	// nothing refers to is held by something that the dump does not show.
	runtime.GC()
	bytes, objects := heapSize()
	if bytes > uint64(l.Bytes) {
		return nil, fmt.Errorf("%w: the heap has %d MB", ErrLimit, bytes>>20)
	}
	f, remove, err := scratch()
	if err != nil {
		return nil, fmt.Errorf("heap: no place for the dump: %w", err)
	}
	defer remove()
	// The dump throws on a status that it does not know (dumpgs in runtime/heapdump.go),
	// and a throw cannot be recovered. Only a goroutine leak profile sets that one.
	if anyLeaked() {
		return nil, fmt.Errorf("%w: the runtime has marked goroutines as leaked", ErrBusy)
	}
	taken := time.Now()
	// The dump has the time of the timer on the runtime's clock, which no function shows.
	// Subtracting what is left until it fires gives the runtime's now.
	left := far - taken.Sub(started)
	debug.WriteHeapDump(f.Fd())
	// The dump says more than the heap: goroutines, variables, profiles.
	l.Bytes = 2*l.Bytes + 64<<20
	data, unmap, err := contents(f, l)
	if err != nil {
		return nil, fmt.Errorf("heap: reading the dump: %w", err)
	}
	defer unmap()
	b := newBuilder(data, l, true)
	b.expect(objects)
	b.searched = s
	// Function values that lie near this function are code of the program: the reader
	// takes a first word near it for that of a closure.
	b.own = uint64(reflect.ValueOf(Capture).Pointer())
	g, err := b.graph()
	if err != nil {
		return nil, err
	}
	g.own, g.taken = true, taken
	g.setClock(g.at(uint64(uintptr(unsafe.Pointer(probe)))), left)
	return g, nil
}

// contents returns the dump in f, without a copy where the system can map it.
func contents(f *os.File, l Limits) (data []byte, unmap func(), err error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case info.Size() > min(l.Bytes, math.MaxInt):
		return nil, nil, fmt.Errorf("%w: the dump has %d MB", ErrLimit, info.Size()>>20)
	}
	size := int(info.Size())
	// A mapping costs no heap: a copy of the dump in the heap that was dumped would double
	// what the process uses.
	if data, unmap, err := mapFile(f, size); err == nil {
		return data, unmap, nil
	}
	data = make([]byte, size)
	_, err = f.ReadAt(data, 0)
	return data, func() {}, err
}

// setClock finds the time of the probe, which fires when left is over.
func (g *Graph) setClock(probe uint32, left time.Duration) {
	g.probe = probe
	for _, h := range g.timers {
		for _, w := range h.when {
			if w.timer == probe && probe != none {
				g.now = w.when - int64(left)
			}
		}
	}
}

// Size is the memory in objects, in bytes, garbage that is not yet collected with it.
func Size() int64 {
	bytes, _ := heapSize()
	return int64(bytes)
}

// heapSize is the memory in objects, garbage that is not yet collected with it,
// and their number.
func heapSize() (bytes, objects uint64) {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/objects:objects"}}
	metrics.Read(s)
	// A release without the metric gives KindBad: 0 means that no limit applies before the
	// dump, and the reader's own limits still do.
	if s[0].Value.Kind() != metrics.KindUint64 || s[1].Value.Kind() != metrics.KindUint64 {
		return 0, 0
	}
	return s[0].Value.Uint64(), s[1].Value.Uint64()
}

// anyLeaked reports whether a goroutine has the status that the runtime's dump
// does not expect. It stays until the next goroutine leak profile.
func anyLeaked() bool {
	buf := make([]byte, 64<<10)
	for {
		// Stack stops the world as the dump is about to do, so this adds a second pause;
		// nothing cheaper tells statuses (runtime/mprof.go).
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			return bytes.Contains(buf[:n], []byte(" (leaked)"))
		}
		buf = make([]byte, 2*len(buf))
	}
}
