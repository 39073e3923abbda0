package heap

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var graphs = flag.Int("graphs", 200, "how many random graphs of goroutines to compare")

// generateVariable has the seed and the number of graphs in the process that
// builds them.
const generateVariable = "HEAP_TEST_GENERATE"

// box is a node of a random graph: all that a goroutine can wait for, and
// other nodes.
type box struct {
	in    chan int // only received from, so that no two goroutines of a graph meet
	out   chan int // only sent to
	mu    sync.Mutex
	rw    sync.RWMutex
	wg    sync.WaitGroup
	cond  sync.Cond
	links []*box
}

// plan is a random graph before it is built, and what is known of it.
type plan struct {
	links   [][]int // of each box
	workers []planned
	roots   []rooted
}

// planned is a goroutine that blocks.
type planned struct {
	kind  int // how it waits
	waits []int
	keeps []int // boxes that its stack refers to
}

// rooted is a box that something else than a blocked goroutine refers to.
type rooted struct{ how, box int }

const (
	waitReceive = iota
	waitSend
	waitSelect
	waitMutex
	waitRWMutex
	waitReader
	waitGroup
	waitCond
	waitKinds
)

const (
	rootVariable = iota
	rootTimer
	rootSleeper
	rootSelecting // a goroutine that a variable can wake
	rootFinalizer
	rootCleanup
	rootReading // a goroutine that waits for input
	rootContext // a deadline
	rootWeak    // a weak pointer in a variable: the runtime does not count it
	rootKinds
)

func newPlan(r *rand.Rand) *plan {
	p := &plan{}
	boxes := 2 + r.IntN(7)
	some := func(max int) []int {
		var s []int
		for range r.IntN(max + 1) {
			s = append(s, r.IntN(boxes))
		}
		return s
	}
	for range boxes {
		p.links = append(p.links, some(2))
	}
	for range 1 + r.IntN(6) {
		w := planned{kind: r.IntN(waitKinds), keeps: some(3)}
		w.waits = []int{r.IntN(boxes)}
		if w.kind == waitSelect {
			w.waits = append(w.waits, some(2)...)
		}
		p.workers = append(p.workers, w)
	}
	for range r.IntN(3) {
		p.roots = append(p.roots, rooted{r.IntN(rootKinds), r.IntN(boxes)})
	}
	return p
}

// stuck returns for each worker whether nothing can wake it. weak says whether
// a weak pointer can.
func (p *plan) stuck(weak bool) []bool {
	boxes := make([]bool, len(p.links))
	channels := map[channel]bool{}
	var mark func(b int)
	mark = func(b int) {
		if !boxes[b] {
			boxes[b] = true
			for _, l := range p.links[b] {
				mark(l)
			}
		}
	}
	for _, r := range p.roots {
		if r.how != rootWeak {
			mark(r.box)
		}
	}
	stuck := slices.Repeat([]bool{true}, len(p.workers))
	for changed := true; changed; {
		changed = false
		for i, w := range p.workers {
			reached := func(c channel) bool { return boxes[c.box] || w.kind <= waitSelect && channels[c] }
			if !stuck[i] || !slices.ContainsFunc(w.channels(), reached) {
				continue
			}
			stuck[i], changed = false, true
			for _, b := range w.keeps {
				mark(b)
			}
			for _, c := range w.channels() {
				if w.kind > waitSelect {
					mark(c.box)
				}
				if w.kind <= waitSelect {
					channels[c] = true
				}
			}
		}
		// A weak pointer is of use while something keeps the box, and what
		// does is blocked: all that counts is that it is there.
		if !changed && weak {
			for _, r := range p.roots {
				if r.how == rootWeak && !boxes[r.box] && p.kept(r.box) {
					mark(r.box)
					changed = true
				}
			}
		}
	}
	return stuck
}

// channel is one of the channels of a box, or the box itself.
type channel struct {
	box  int
	send bool
}

// channels returns what a goroutine waits for.
func (w *planned) channels() []channel {
	var cs []channel
	for i, b := range w.waits {
		cs = append(cs, channel{b, w.kind == waitSend || w.kind == waitSelect && i == 1})
	}
	return cs
}

// kept reports whether any goroutine keeps the box in memory.
func (p *plan) kept(box int) bool {
	seen := make([]bool, len(p.links))
	var walk func(b int)
	walk = func(b int) {
		if !seen[b] {
			seen[b] = true
			for _, l := range p.links[b] {
				walk(l)
			}
		}
	}
	for _, w := range p.workers {
		for _, b := range w.keeps {
			walk(b)
		}
		if w.kind > waitSelect {
			walk(w.waits[0])
		}
	}
	for _, r := range p.roots {
		if r.how != rootWeak {
			walk(r.box)
		}
	}
	return seen[box]
}

// world is what the built graphs need of package-level variables.
var world struct {
	boxes []*box
	weak  []weak.Pointer[box]
	quit  chan struct{}
	pipe  [2]*os.File
}

// build starts the goroutines of a plan and returns their ids.
func (p *plan) build() []int64 {
	boxes := make([]*box, len(p.links))
	for i := range boxes {
		boxes[i] = &box{in: make(chan int), out: make(chan int)}
		boxes[i].cond.L = new(sync.Mutex)
		boxes[i].mu.Lock()
		boxes[i].rw.Lock()
		boxes[i].wg.Add(1)
	}
	pick := func(is []int) []*box {
		var s []*box
		for _, i := range is {
			s = append(s, boxes[i])
		}
		return s
	}
	for i, b := range boxes {
		b.links = pick(p.links[i])
	}
	for _, r := range p.roots {
		buildRoot(r.how, boxes[r.box])
	}
	ids := make([]int64, len(p.workers))
	var started sync.WaitGroup
	for i, w := range p.workers {
		started.Add(1)
		waits, keeps := pick(w.waits), pick(w.keeps)
		go func() {
			ids[i] = ownID()
			started.Done()
			work(w.kind, waits, keeps)
		}()
	}
	started.Wait()
	return ids
}

func buildRoot(how int, b *box) {
	switch how {
	case rootVariable:
		world.boxes = append(world.boxes, b)
	case rootTimer:
		time.AfterFunc(time.Hour, func() { close(b.in) })
	case rootSleeper:
		go func() { time.Sleep(time.Hour); close(b.in) }()
	case rootSelecting:
		go func() { <-world.quit; close(b.in) }()
	case rootFinalizer:
		o := &box{}
		runtime.SetFinalizer(o, func(*box) { close(b.in) })
		world.boxes = append(world.boxes, o)
	case rootCleanup:
		o := &box{}
		runtime.AddCleanup(o, func(b *box) { close(b.in) }, b)
		world.boxes = append(world.boxes, o)
	case rootReading:
		go func() { _, _ = io.ReadFull(world.pipe[0], make([]byte, 1)); close(b.in) }()
	case rootContext:
		go func() {
			timer := time.NewTimer(time.Hour)
			<-timer.C
			close(b.in)
		}()
	case rootWeak:
		world.weak = append(world.weak, weak.Make(b))
	}
}

// work blocks. Only what it refers to later is on its stack meanwhile.
//
//go:noinline
func work(kind int, waits, keeps []*box) {
	switch kind {
	case waitReceive:
		receive(waits[0].in)
	case waitSend:
		send(waits[0].out)
	case waitSelect:
		var chs [3]chan int
		for i, b := range waits {
			chs[i] = b.in
			if i == 1 {
				chs[i] = b.out
			}
		}
		choose(chs[0], chs[1], chs[2])
	case waitMutex:
		waits[0].mu.Lock()
	case waitRWMutex:
		waits[0].rw.Lock()
	case waitReader:
		waits[0].rw.RLock()
	case waitGroup:
		waits[0].wg.Wait()
	case waitCond:
		waits[0].cond.L.Lock()
		waits[0].cond.Wait()
	}
	runtime.KeepAlive(keeps)
}

//go:noinline
func receive(c chan int) { <-c }

//go:noinline
func send(c chan int) { c <- 1 }

//go:noinline
func choose(a, b, c chan int) {
	select {
	case <-a:
	case b <- 1:
	case <-c:
	}
}

func ownID() int64 {
	var buf [64]byte
	f := strings.Fields(string(buf[:runtime.Stack(buf[:], false)]))
	id, _ := strconv.ParseInt(f[1], 10, 64)
	return id
}

// outcome is what one process found.
type outcome struct {
	Workers, Stuck int
	Captures       string   // the error, if any
	Wrong          []string // unreachable, but something can wake it
	Missed         []string // not unreachable, though nothing can wake it
	Runtime        []string // the runtime's proof says otherwise than the generator
	Proofs         bool
}

// TestGeneratedChild is the process that TestGenerated starts, and no test of its
// own.
func TestGeneratedChild(t *testing.T) {
	arg := os.Getenv(generateVariable)
	if arg == "" {
		return
	}
	var seed uint64
	var n int
	_, err := fmt.Sscan(arg, &seed, &n)
	require.NoError(t, err)
	pipe, keepOpen, err := os.Pipe()
	require.NoError(t, err)
	world.quit, world.pipe = make(chan struct{}), [2]*os.File{pipe, keepOpen}
	r := rand.New(rand.NewPCG(seed, 1))
	plans, ids := make([]*plan, n), make([][]int64, n)
	for i := range plans {
		plans[i] = newPlan(r)
		away(func() { ids[i] = plans[i].build() })
	}
	out := compare(t, plans, ids)
	text, err := json.Marshal(out)
	require.NoError(t, err)
	fmt.Printf("outcome %s\n", text)
	os.Exit(0) // the goroutines stay
}

func compare(t *testing.T, plans []*plan, ids [][]int64) outcome {
	blocked := slices.Concat(ids...)
	gs := dumpNow(t)
	for try := 0; try < 10000; try++ {
		waiting := 0
		for i := range gs {
			if reasons[gs[i].State] != kindNone && slices.Contains(blocked, gs[i].ID) {
				waiting++
			}
		}
		if waiting == len(blocked) {
			break
		}
		runtime.Gosched()
		gs = dumpNow(t)
	}
	out := outcome{Workers: len(blocked)}
	g, err := Capture(patient)
	if err != nil {
		out.Captures = err.Error()
		return out
	}
	facts := g.Explain(gs)
	proven := map[int64]bool{}
	if p := pprof.Lookup("goroutineleak"); p != nil {
		out.Proofs = true
		_ = p.WriteTo(io.Discard, 0)
		for _, x := range dumpNow(t) {
			proven[x.ID] = x.Leaked
		}
	}
	for i, p := range plans {
		truth, strong := p.stuck(true), p.stuck(false)
		for j, id := range ids[i] {
			what := fmt.Sprintf("graph %d %+v, goroutine %d: %+v", i, *p, j, facts[id])
			if truth[j] {
				out.Stuck++
			}
			switch {
			case facts[id].Unreachable && !truth[j]:
				out.Wrong = append(out.Wrong, what)
			case !facts[id].Unreachable && truth[j]:
				out.Missed = append(out.Missed, what)
			}
			if out.Proofs && proven[id] != strong[j] {
				out.Runtime = append(out.Runtime, what)
			}
		}
	}
	return out
}

// TestGenerated compares the verdict on random graphs with what is known of
// them, and with the runtime's own proof where it offers one.
func TestGenerated(t *testing.T) {
	n := *graphs
	if testing.Short() {
		n = 50
	}
	const batch = 100
	exe, err := os.Executable()
	require.NoError(t, err)
	for seed := 0; seed*batch < n; seed++ {
		cmd := exec.Command(exe, "-test.run=^TestGeneratedChild$", "-test.v")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", generateVariable, seed, min(batch, n-seed*batch)))
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", text)
		_, after, found := strings.Cut(string(text), "outcome ")
		require.True(t, found, "%s", text)
		line, _, _ := strings.Cut(after, "\n")
		var out outcome
		require.NoError(t, json.Unmarshal([]byte(line), &out))
		require.Empty(t, out.Captures, "the heap can be dumped")
		require.NotZero(t, out.Stuck)
		assert.Empty(t, out.Wrong, "seed %d: called unreachable, and something can wake it", seed)
		assert.Empty(t, out.Runtime, "seed %d: the runtime says otherwise than the generator", seed)
		assert.LessOrEqual(t, len(out.Missed)*100, out.Stuck*3, "seed %d: missed %v", seed, out.Missed)
		t.Logf("seed %d: %d goroutines, %d stuck, %d missed, proofs %v", seed, out.Workers, out.Stuck, len(out.Missed), out.Proofs)
	}
}
