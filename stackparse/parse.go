package stackparse

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// maxJoined is how many problems the error of [Parse] lists.
const maxJoined = 20

// Parse returns all goroutines of a dump, which it does not keep. The error
// joins the problems that a [Reader] would report, each a [*SyntaxError], and
// counts those past the first twenty; the goroutines are good even so.
//
// Equal stacks share their memory: frames are not to be changed in place.
func Parse(dump []byte) ([]Goroutine, error) {
	var r Reader
	r.around = &anyDressing
	r.resetBytes(dump)
	return r.readAll()
}

// ParsePlain is [Parse] of a dump that nothing has wrapped, as runtime.Stack prints
// it. No line is searched for a prefix, a quoted value or what a page makes of a
// name, and a program that reads no other dumps does not link what would.
func ParsePlain(dump []byte) ([]Goroutine, error) {
	var r Reader
	r.resetBytes(dump)
	return r.readAll()
}

// ReadAll reads the rest of the input like [Parse]. A read error is the last
// in the error.
func (r *Reader) ReadAll() ([]Goroutine, error) {
	gs, err := r.readAll()
	return gs, errors.Join(err, r.Err())
}

// readAll is ReadAll without read errors.
func (r *Reader) readAll() ([]Goroutine, error) {
	var (
		k keeper
		j joiner
	)
	for k.makeRoom(r); r.Scan(); k.makeRoom(r) {
		k.keep(r)
		j.add(r.problems)
	}
	r.frames = nil // they are the caller's now
	j.add(r.problems)
	return k.gs, j.join()
}

// joiner gathers problems for one error.
type joiner struct {
	errs []error
	more int
}

// add takes the problems of one Scan. That a dump is incomplete is never left
// out: callers ask for it with errors.Is.
func (j *joiner) add(problems []*SyntaxError) {
	for _, p := range problems {
		if len(j.errs) >= maxJoined && (p.Err == nil || p.Err == ErrText) {
			j.more++
			continue
		}
		j.errs = append(j.errs, p)
	}
}

// join returns all that was added, nil if there was nothing.
func (j *joiner) join() error {
	if j.more > 0 {
		j.errs = append(j.errs, fmt.Errorf("and %d more problems", j.more))
	}
	return errors.Join(j.errs...)
}

// keeper keeps goroutines like [Goroutine.Clone], with fewer and larger
// allocations, and one for all equal stacks. That is right where all of them
// are kept.
type keeper struct {
	gs       []Goroutine
	slab     int // size of the last slab of frames
	creators []Creator
	labels   []Label
	stacks   [][2]sharedStack   // sets by hash, a power of two
	starts   [][2]sharedCreator // likewise
}

// sharedStack is a stack that goroutines may have in common. The hash is of
// the pairs and arguments that the Reader found, so that no string has to be
// looked at to know that two stacks differ.
type sharedStack struct {
	hash   uint64
	frames []Frame
}

// sharedCreator is the same for a go statement.
type sharedCreator struct {
	hash    uint64
	creator *Creator
}

const (
	firstShared = 32 // sets
	mostShared  = 2 << 10

	smallestSlab = 64
	largestSlab  = 1 << 10
)

// makeRoom gives r memory for the frames that it is going to read, so that
// they need not be copied.
func (k *keeper) makeRoom(r *Reader) {
	const most = 16 // frames of most stacks
	if cap(r.frames)-len(r.frames) < most {
		k.slab = max(smallestSlab, min(2*k.slab, largestSlab))
		r.frames = make([]Frame, 0, k.slab)
	}
}

// keep adds the goroutine that r has read.
func (k *keeper) keep(r *Reader) {
	if len(k.gs) == cap(k.gs) {
		// Not slices.Grow, which under the race detector allocates twice.
		more := make([]Goroutine, len(k.gs), len(k.gs)+moreExpected(len(k.gs), &r.lines))
		copy(more, k.gs)
		k.gs = more
	}
	if len(k.gs) >= max(4*len(k.stacks), firstShared) && len(k.stacks) < mostShared {
		// What was shared so far is forgotten, as it is a small part of it all.
		size := max(firstShared, 4*len(k.stacks))
		k.stacks, k.starts = make([][2]sharedStack, size), make([][2]sharedCreator, size)
	}
	g := &r.g
	k.gs = append(k.gs, *g)
	c := &k.gs[len(k.gs)-1]
	// Both are rare (tracebackancestors, GOTRACEBACK=crash) and have slices within slices,
	// which the slabs below do not know.
	if g.Ancestors != nil || g.Thread != nil {
		*c = *g.Clone()
		return
	}
	c.Unparsed = slices.Clone(g.Unparsed)
	k.labels, c.Labels = carve(k.labels, g.Labels)
	k.keepFrames(c, r)
	k.keepCreator(c, &r.body)
}

// keepFrames makes the frames of c its own. They are in memory that makeRoom
// gave to r: if an equal stack was kept before, r uses that memory again for
// the next one.
func (k *keeper) keepFrames(c *Goroutine, r *Reader) {
	b := &r.body
	// mixed: frames that came one by one are not in the hash, and unequal stacks would
	// meet in it each time.
	if len(k.stacks) > 0 && !b.mixed {
		set := &k.stacks[b.hash&uint64(len(k.stacks)-1)]
		for i := range set {
			if set[i].hash == b.hash && slices.Equal(set[i].frames, c.Frames) {
				c.Frames = set[i].frames
				return
			}
		}
		// Two places a set, the last one first: pools of workers alternate between few stacks.
		set[1] = set[0]
		set[0] = sharedStack{b.hash, slices.Clip(c.Frames)}
	}
	// Clipped, so that an append by the caller copies and does not write over the next
	// stack in the slab.
	c.Frames = slices.Clip(c.Frames)
	r.frames = r.frames[len(r.frames):]
}

// keepCreator makes the creator of c its own, or one that was kept before.
func (k *keeper) keepCreator(c *Goroutine, b *bodyState) {
	if c.Creator == nil {
		return
	}
	// Two places a set, the last one first, as for stacks.
	var set *[2]sharedCreator
	if len(k.starts) > 0 {
		set = &k.starts[b.creatorHash&uint64(len(k.starts)-1)]
		for i := range set {
			if s := &set[i]; s.hash == b.creatorHash && s.creator != nil && *s.creator == *c.Creator {
				c.Creator = s.creator
				return
			}
		}
	}
	var one []Creator
	k.creators, one = carve(k.creators, []Creator{*c.Creator})
	c.Creator = &one[0]
	if set != nil {
		set[1] = set[0]
		set[0] = sharedCreator{b.creatorHash, c.Creator}
	}
}

// moreExpected returns for how many more goroutines to make room when n took
// what was read of l, if the rest is like them: each has a bracket, and the
// same length. Neither need be so: a few short ones before a long log must not
// reserve gigabytes.
func moreExpected(n int, l *lines) int {
	left := l.end - l.pos
	if src, ok := l.src.(interface{ Len() int }); ok { // a bytes.Reader
		left += src.Len()
	} else if l.src != nil {
		return max(8, n) // nobody knows how much is to come
	}
	const usual = 200 // bytes of a goroutine with two frames
	like := left / usual
	if n > 0 {
		like = int(1.2 * float64(n) * float64(left) / float64(l.size()-int64(l.end-l.pos)+1))
	}
	switch {
	case n == 0 && l.src != nil:
		like = min(like, 64) // of which more can be learned
	case l.src == nil:
		like = min(like, bytes.Count(l.buf[l.pos:l.end], []byte("[")))
	}
	return max(8, 1+like)
}

// carve copies s to the end of slab, or to a new slab if it is full, and
// returns slab and copy. The copy has no room to grow: an append to it cannot
// reach its neighbour.
func carve[T any](slab, s []T) (grown, copied []T) {
	if len(s) == 0 {
		return slab, nil
	}
	if cap(slab)-len(slab) < len(s) {
		const smallest, largest = 16, 1024
		size := max(min(2*cap(slab), largest), smallest, len(s))
		slab = make([]T, 0, size)
	}
	start := len(slab)
	slab = append(slab, s...)
	return slab, slab[start:len(slab):len(slab)]
}
