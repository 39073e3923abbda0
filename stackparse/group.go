package stackparse

import (
	"cmp"
	"hash/maphash"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
)

// Similarity says what two goroutines must have in common to be counted as the
// same: all of the parts it names. The empty Similarity names none, so that
// all goroutines are the same.
type Similarity uint8

// The parts of a goroutine.
const (
	ByState       Similarity = 1 << iota // state, and whether it is locked to a thread
	ByFunctions                          // functions of the calls, without the numbers of closures
	ByLines                              // functions of the calls, whole, with file and line
	ByArguments                          // arguments of the calls, as text
	ByOffsets                            // offsets of the calls and of the go statement in their functions
	ByLabels                             // labels, in printed order
	ByCreator                            // function that holds the go statement, without the numbers of closures
	ByCreatorLine                        // the same, whole, with file and line of the go statement
)

// Similarities that are often wanted.
const (
	// Exact compares all but what is of one goroutine alone: its id, that of
	// its creator, how long it waits, and its ancestors.
	Exact Similarity = SameLines | ByArguments | ByOffsets | ByLabels

	// SameLines compares where goroutines are, what they do there and where
	// they were started. It is what a report wants, since arguments and
	// addresses differ from one goroutine to the next.
	SameLines Similarity = ByState | ByLines | ByCreatorLine

	// SameFunctions is for goroutines of different builds: there an edit has
	// moved the lines and an added closure the numbers of others, main.f.func1
	// and main.f.func2.
	SameFunctions Similarity = ByState | ByFunctions | ByCreator

	// SameCreator is for what one go statement has started, wherever it is by
	// now.
	SameCreator Similarity = ByCreatorLine
)

const (
	byCalls  = ByFunctions | ByLines | ByArguments | ByOffsets
	byWhence = ByCreator | ByCreatorLine
)

// maxIDs is how many ids a group keeps as examples.
const maxIDs = 10

// Grouped is a number of goroutines that are the same by a [Similarity].
type Grouped struct {
	Count     int64
	Leaked    int64         // how many of them are proven leaked
	Goroutine *Goroutine    // the first of them
	State     string        // of all of them; "" if they differ
	IDs       []int64       // of the first ten that have one
	MinWait   time.Duration // 0 if one of them is not said to wait
	MaxWait   time.Duration

	hash uint64
}

// Group groups goroutines, those that are most first, and those that are
// equally many in the order of their first. The groups refer to gs.
func Group(gs []Goroutine, by Similarity) []Grouped {
	r := NewGrouper(by)
	for i := range gs {
		if len(r.groups) == cap(r.groups) {
			r.grow(i, len(gs)-i)
		}
		if t := r.find(&gs[i], 1); t.Goroutine == nil {
			t.Goroutine = &gs[i]
		}
	}
	return sorted(r.groups)
}

// Grouper groups goroutines as they are read. Its memory grows with the number
// of groups, not of goroutines. Groupers are made by [NewGrouper] and used by one
// goroutine at a time.
type Grouper struct {
	by   Similarity
	seed maphash.Seed

	// Strings are hashed by their last bytes and their length until that has
	// been the same for too many groups, and whole from then on: a hostile
	// dump does not make a Grouper slow.
	whole  bool
	misses int // groups with the hash of another, so far

	// groups is in the order of first goroutines. slots is a hash table of
	// indices into it, each one higher so that 0 is free; there is always room.
	groups []Grouped
	slots  []uint32
	ids    []int64 // room for the first ids of groups
}

// NewGrouper returns a Grouper without goroutines.
func NewGrouper(by Similarity) *Grouper {
	return &Grouper{by: by, seed: maphash.MakeSeed(), slots: make([]uint32, 64)}
}

// Add counts a goroutine, which it does not keep: a copy is made of the first
// of a group.
func (r *Grouper) Add(g *Goroutine) { r.AddCount(g, 1) }

// AddCount counts a goroutine n times. Profiles say how many there are of one
// stack.
func (r *Grouper) AddCount(g *Goroutine, n int64) {
	if t := r.find(g, n); t.Goroutine == nil {
		t.Goroutine = g.Clone()
	}
}

// Groups returns the groups so far, in the order of [Group]. Adding more does
// not change them.
func (r *Grouper) Groups() []Grouped {
	// Copied, as sorting them in place would break the indexes in slots.
	groups := slices.Clone(r.groups)
	for i := range groups {
		// Without room to grow: Add goes on to append to the list of the Grouper.
		groups[i].IDs = slices.Clip(groups[i].IDs)
	}
	return sorted(groups)
}

// sorted sorts groups, which come in the order of their first goroutines.
func sorted(groups []Grouped) []Grouped {
	byCount := func(a, b Grouped) int { return cmp.Compare(b.Count, a.Count) }
	if !slices.IsSortedFunc(groups, byCount) { // as they are when all are different
		slices.SortStableFunc(groups, byCount)
	}
	return groups
}

// find counts g in its group and returns that. If the group is new its example
// is left to the caller.
func (r *Grouper) find(g *Goroutine, n int64) *Grouped {
	// At most half of the slots are taken, so that a search ends at a free one soon.
	if 2*len(r.groups) >= len(r.slots) {
		r.rehash(2*len(r.slots), false)
	}
	// Somebody has made up names that collide: mix all of a name from now on, with a seed.
	if r.misses > maxMisses && !r.whole {
		r.whole = true
		r.rehash(len(r.slots), true)
	}
	h := r.hash(g)
	mask := uint64(len(r.slots) - 1)
	i := h & mask
	for ; r.slots[i] != 0; i = (i + 1) & mask {
		t := &r.groups[r.slots[i]-1]
		// Comparing stacks is what costs: only equal hashes are worth it.
		if t.hash != h {
			continue
		}
		if r.same(t.Goroutine, g) {
			r.count(t, g, n)
			return t
		}
		r.misses++
	}
	r.groups = append(r.groups, Grouped{State: g.State, MinWait: g.Wait, MaxWait: g.Wait, hash: h})
	r.slots[i] = uint32(len(r.groups))
	t := &r.groups[len(r.groups)-1]
	r.count(t, g, n)
	return t
}

// grow makes room for groups after so many goroutines, with so many to come. If
// there are nearly as many groups as goroutines it is for all of them.
func (r *Grouper) grow(seen, left int) {
	n := len(r.groups)
	more := max(min(n, left), 64)
	// Nearly all are different so far: growing step by step would copy them all several
	// times.
	if n > 0 && 4*n >= 3*seen {
		more = left
	}
	r.groups = slices.Grow(r.groups, more)
	if size := 2 << bits.Len(uint(n+more)); size > len(r.slots) {
		r.rehash(size, false)
	}
}

// maxMisses is how often two groups may have the same hash. It hardly happens,
// but to names that someone has made up for it.
const maxMisses = 1000

// rehash makes a table of the given size, of new hashes if they are computed
// in another way now.
func (r *Grouper) rehash(size int, changed bool) {
	r.slots = make([]uint32, size)
	mask := uint64(size - 1)
	for n := range r.groups {
		t := &r.groups[n]
		// The examples are whole goroutines, so their hashes can be made again.
		if changed {
			t.hash = r.hash(t.Goroutine)
		}
		i := t.hash & mask
		for r.slots[i] != 0 {
			i = (i + 1) & mask
		}
		r.slots[i] = uint32(n + 1)
	}
}

func (r *Grouper) count(t *Grouped, g *Goroutine, n int64) {
	t.Count = addCapped(t.Count, n)
	if g.Leaked {
		t.Leaked = addCapped(t.Leaked, n)
	}
	// Goroutines of a group may differ in what is not compared. Then it has no one state.
	if t.State != g.State {
		t.State = ""
	}
	t.MinWait, t.MaxWait = min(t.MinWait, g.Wait), max(t.MaxWait, g.Wait)
	switch {
	case g.ID == 0 && g.State != "idle" || len(t.IDs) == maxIDs:
		// A profile has no ids, and 0 is the scheduler's, which a crash shows.
	case t.IDs == nil:
		// Most groups of a dump with many are of one goroutine.
		if len(r.ids) == cap(r.ids) {
			r.ids = make([]int64, 0, 256)
		}
		r.ids = append(r.ids, g.ID)
		t.IDs = r.ids[len(r.ids)-1 : len(r.ids) : len(r.ids)]
	default:
		t.IDs = append(t.IDs, g.ID)
	}
}

// addCapped adds the counts of a profile, which may be hostile.
func addCapped(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

// hash mixes the parts that most differ among the goroutines of a dump. Those
// left out, such as paths, are compared with the rest in same.
func (r *Grouper) hash(g *Goroutine) uint64 {
	h := uint64(cache.HashKey)
	if r.by&ByState != 0 {
		h = r.mix(h, g.State)
	}
	if r.by&byCalls != 0 {
		// The length goes in first, so that frames and a creator do not hash like more frames.
		h = cache.Mix(h, uint64(len(g.Frames))^cache.HashKey)
		for i := range g.Frames {
			h = r.hashFrame(h, &g.Frames[i])
		}
	}
	if r.by&byWhence != 0 && g.Creator != nil {
		h = r.hashFunction(h, g.Creator.Func, ByCreatorLine)
		if r.by&ByCreatorLine != 0 {
			h = cache.Mix(h, uint64(g.Creator.Line)^cache.HashKey)
		}
	}
	if r.by&ByLabels != 0 {
		for _, l := range g.Labels {
			h = r.mix(r.mix(h, l.Key), l.Value)
		}
	}
	return h
}

func (r *Grouper) hashFrame(h uint64, f *Frame) uint64 {
	if r.by&(ByFunctions|ByLines) != 0 {
		h = r.hashFunction(h, f.Func, ByLines)
	}
	if r.by&ByLines != 0 {
		h = cache.Mix(h, uint64(f.Line)^cache.HashKey)
	}
	if r.by&ByArguments != 0 {
		h = r.mix(h, f.Args)
	}
	if r.by&ByOffsets != 0 {
		h = cache.Mix(h, f.Offset^cache.HashKey)
	}
	return h
}

// hashFunction mixes a function, whole if whole is compared.
func (r *Grouper) hashFunction(h uint64, fn string, whole Similarity) uint64 {
	if r.by&whole == 0 {
		fn, _ = cutClosure(fn)
	}
	return r.mix(h, fn)
}

func (r *Grouper) mix(h uint64, s string) uint64 {
	if r.whole {
		return cache.Mix(h^cache.HashKey, maphash.String(r.seed, s))
	}
	return cache.Mix(h^cache.HashKey, tail(s))
}

// tail is the length and the last bytes of s. The names of a program start
// alike.
func tail(s string) uint64 {
	n := len(s)
	if n >= 8 {
		s = s[n-8:]
		// One load for the compiler, which knows this pattern; the length goes to the top
		// byte, which names hardly fill.
		return uint64(n)<<56 ^ (uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
	}
	h := uint64(n) << 56
	for i := range n {
		h ^= uint64(s[i]) << (8 * i)
	}
	return h
}

// same compares all parts.
func (r *Grouper) same(a, b *Goroutine) bool {
	if r.by&ByState != 0 && (a.State != b.State || a.LockedToThread != b.LockedToThread) {
		return false
	}
	if r.by&ByLabels != 0 && !slices.Equal(a.Labels, b.Labels) {
		return false
	}
	return (r.by&byWhence == 0 || r.sameCreator(a.Creator, b.Creator)) && (r.by&byCalls == 0 || r.sameCalls(a, b))
}

func (r *Grouper) sameCalls(a, b *Goroutine) bool {
	if len(a.Frames) != len(b.Frames) || a.Elided != b.Elided {
		return false
	}
	// Frames of one stack share their memory after Parse, so comparing their strings
	// mostly ends at equal pointers.
	for i := range a.Frames {
		f, g := &a.Frames[i], &b.Frames[i]
		if r.by&ByLines != 0 && (f.Line != g.Line || f.Func != g.Func || f.File != g.File) ||
			r.by&ByArguments != 0 && f.Args != g.Args ||
			r.by&ByOffsets != 0 && f.Offset != g.Offset ||
			r.by&(ByFunctions|ByLines) == ByFunctions && !sameFunction(f.Func, g.Func) {
			return false
		}
	}
	return true
}

func (r *Grouper) sameCreator(a, b *Creator) bool {
	if a == nil || b == nil {
		return a == b
	}
	if r.by&ByCreatorLine == 0 {
		return sameFunction(a.Func, b.Func)
	}
	return a.Line == b.Line && a.Func == b.Func && a.File == b.File && (r.by&ByOffsets == 0 || a.Offset == b.Offset)
}

// sameFunction compares functions without the numbers of closures.
func sameFunction(a, b string) bool {
	if a == b {
		return true
	}
	a, inA := cutClosure(a)
	b, inB := cutClosure(b)
	return a == b && inA == inB
}

// cutClosure cuts what the compiler numbers off the end of a function's name,
// and tells whether there was any of it: main.f.func1.2, main.f.gowrap1,
// main.f.deferwrap2, main.f.func3-range1. A function may itself be called f1,
// but none has a name of digits.
func cutClosure(fn string) (base string, closure bool) {
	for {
		// From the end, piece by piece: func1.2 is the second closure in the first one of the
		// function.
		rest := cutDigits(fn)
		if len(rest) == len(fn) {
			return fn, closure
		}
		cut := false
		for _, word := range closureWords {
			if rest, cut = strings.CutSuffix(rest, word); cut {
				break
			}
		}
		if !cut {
			return fn, closure
		}
		fn, closure = rest, true
	}
}

func cutDigits(s string) string {
	for len(s) > 0 && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' {
		s = s[:len(s)-1]
	}
	return s
}

// closureWords are what stands before the number: those of closureName in
// cmd/compile/internal/ir/func.go, where a closure in a closure has its number
// alone, and the bodies of loops over functions.
var closureWords = []string{".func", ".", ".gowrap", ".deferwrap", "-range"}
