// Package capture reads the goroutines of this process: the runtime's
// counters, a dump with ids and labels together, and the proof of a leak.
//
// Costs, in increasing order: [Read] takes about 100 ns and stops nothing.
// [Self] reads one stack and stops nothing. [All] stops the world for about
// 4 µs a goroutine. [Prove] costs a little more than one garbage collection.
package capture

import (
	"bytes"
	"runtime"
	"runtime/metrics"
	"sync"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Counters are the runtime's counts of goroutines.
type Counters struct {
	Created uint64 // since the process started, without the runtime's own
	Live    uint64 // now
}

// samples are reused under their lock: metrics.Read allocates nothing then.
var samples = struct {
	sync.Mutex
	s []metrics.Sample
}{s: []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}, {Name: "/sched/goroutines:goroutines"}}}

// Read returns the counters now. Goroutines that were started before the call,
// by the caller or by what happened before it, are counted.
func Read() Counters {
	samples.Lock()
	defer samples.Unlock()
	metrics.Read(samples.s)
	return Counters{Created: samples.s[0].Value.Uint64(), Live: samples.s[1].Value.Uint64()}
}

// Created is [Read] for the one counter that decides whether anything can
// have leaked since an earlier call.
func Created() uint64 {
	samples.Lock()
	defer samples.Unlock()
	metrics.Read(samples.s[:1])
	return samples.s[0].Value.Uint64()
}

// idle is what [Idle] reads, kept like samples.
var idle = struct {
	sync.Mutex
	s []metrics.Sample
}{s: []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}, {Name: "/sched/goroutines/running:goroutines"}}}

// Idle reports whether no goroutine but the caller runs or is ready to. It is
// a look at one moment; the runtime keeps no count of what ran in between.
func Idle() bool {
	idle.Lock()
	defer idle.Unlock()
	metrics.Read(idle.s)
	// 1 is the caller. The runtime counts without stopping anything, so it may count a
	// goroutine that is just about to park.
	return idle.s[0].Value.Uint64() == 0 && idle.s[1].Value.Uint64() <= 1
}

// Self returns the calling goroutine with its labels, as far as they are
// shown without starting a goroutine to find out: that would move the counter
// that the caller is about to read.
func Self() stackparse.Goroutine {
	how := probe()
	dumping.Lock()
	defer dumping.Unlock()
	// SetTest has to know the labels to keep them, unless addLabel does that by itself.
	if how == setenv && addLabel == nil {
		defer enable()()
	}
	for {
		// A full buffer means that the text was cut.
		n := runtime.Stack(own, false)
		if n == len(own) {
			own = make([]byte, 2*len(own))
			continue
		}
		ownText.Reset(own[:n])
		ownReader.Reset(&ownText)
		if !ownReader.Scan() {
			return stackparse.Goroutine{}
		}
		return *ownReader.Goroutine().Clone()
	}
}

// What [Self] reads with and into, kept under the lock that dumps share: each test
// with a check asks for its goroutine.
var (
	own       = make([]byte, 4<<10)
	ownText   bytes.Reader
	ownReader stackparse.Reader
)

// start is what [SelfID] reads: "goroutine " and the digits of any id, and
// runtime.Stack cuts the rest. A buffer in a local variable would be allocated.
var start struct {
	sync.Mutex
	text [64]byte
}

// SelfID returns the id of the calling goroutine. It allocates nothing, since the
// watchdog calls it while tests count allocations.
func SelfID() int64 {
	start.Lock()
	defer start.Unlock()
	n := runtime.Stack(start.text[:], false)
	var id int64
	for _, c := range bytes.TrimPrefix(start.text[:n], []byte("goroutine ")) {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + int64(c-'0')
	}
	return id
}

// Dump is the goroutines of the process at one moment, the one that took it first.
type Dump struct {
	Goroutines []stackparse.Goroutine
	Counters   Counters // read just before, so never newer than the goroutines
	Labels     bool     // the dump shows labels; without, their absence means nothing
	Problems   error    // what the text held that the parser did not know
}

// All takes a dump. Nothing in it is shared with later dumps.
func All() Dump {
	dumping.Lock()
	defer dumping.Unlock()
	restore, labels := show()
	defer restore()
	// Before the stacks: a goroutine that starts in between is in the dump and not in the
	// counters, so the next reading differs and nothing is missed. The other way round it
	// would be overlooked.
	d := Dump{Counters: Read(), Labels: labels}
	d.Goroutines, d.Problems = stackparse.ParsePlain(stacks())
	return d
}

// buffer is kept from dump to dump, under the lock that dumps share: growing
// it costs one stop of the world each time.
var buffer []byte

// keep bounds the buffer that is held between dumps.
const keep = 4 << 20

// stacks returns the text of all stacks, valid until the next call.
func stacks() []byte {
	const perGoroutine, slack = 1 << 10, 16 << 10
	// A first guess that is mostly enough: each attempt that is not stops the world in vain.
	if want := runtime.NumGoroutine()*perGoroutine + slack; len(buffer) < want {
		buffer = make([]byte, want)
	}
	for {
		n := runtime.Stack(buffer, true)
		if n < len(buffer) {
			text := buffer[:n]
			// The dump of a crowd is rare: its memory is not held for the small ones that follow.
			if len(buffer) > keep {
				buffer = nil
			}
			return text
		}
		buffer = make([]byte, 2*len(buffer))
	}
}
