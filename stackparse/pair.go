package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

const (
	firstSlots = 128
	firstPairs = firstSlots / 2 // as many as the slots take
	mostPairs  = 8 << 10
	pairBytes  = 1 << 20 // of text

	// pairRoom is how far two lines are looked for before they are left to the
	// slower path: reading byte by byte must not look at the same bytes again
	// and again.
	pairRoom = 4 << 10
)

// pair is what was made of two lines, a call and its place or a creator and its
// place, except for what is between the parentheses or the id.
//
// A stack is a walk over pairs, and what follows a pair is mostly what followed
// it the last time. So the next lines are compared with those of one or two
// pairs, and only if they differ looked up by their hash. That takes a search
// for a line feed and two comparisons for two lines, and is several times as
// fast as to hash them.
type pair struct {
	text string // both lines and their line feeds without the middle
	hash uint64

	head    int32 // text[:head] is before the middle; 0 if there is no text
	lead    int32 // bytes from the middle to the first line feed
	fileLen int32
	created bool
	line    int
	offset  uint64

	args     string // the last middle of a call
	argsHash uint64

	next [2]int32 // pairs that came after this one, the last one first; 0 if none
}

// fn returns the function, a part of the text.
func (p *pair) fn() string {
	if p.created {
		return p.text[len(createdPrefix) : int(p.head)-len(inGoroutine)]
	}
	return p.text[:p.head-1]
}

// file returns the path, a part of the text.
func (p *pair) file() string {
	at := p.head + p.lead + int32(len("\n\t"))
	return p.text[at : at+p.fileLen]
}

// pairTable holds pairs by index. pairs[0] is no pair, but has next.
type pairTable struct {
	pairs []pair
	slots []int32 // indexes of pairs by hash, 0 if free; a power of two
	text  cache.Text
	size  int // bytes of text
}

// match compares rest with p. It returns the middle and the length of the two
// lines, 0 if they are not p's.
func (p *pair) match(rest []byte) (middle []byte, size int) {
	head := int(p.head)
	if head == 0 || len(rest) < len(p.text) || string(rest[:head]) != p.text[:head] {
		return nil, 0
	}
	end := head + bytes.IndexByte(rest[head:], '\n') - int(p.lead)
	if end < head { // no line feed, or too little before it
		return nil, 0
	}
	tail := p.text[head:]
	if len(rest)-end < len(tail) || string(rest[end:end+len(tail)]) != tail {
		return nil, 0
	}
	return rest[head:end], end + len(tail)
}

// readPairs reads lines of a stack as long as they are ordinary. It reports
// whether it came to the empty line after the goroutine.
func (r *Reader) readPairs() (ended bool) {
	b, t := &r.body, &r.pairs
	// If a line was half read, or lines are wrapped, two lines of the buffer are not
	// what the runtime printed. A held line is in the buffer too, before the unread
	// lines, and more input may overwrite it.
	if r.held || b.half != none || b.ancestor || b.creator != nil || b.system || r.wrap.On {
		return false
	}
	for {
		// Empty lines, headers and the end of the buffer are left to advance.
		// A pair that is ordinary here is also ordinary there, with the same
		// result.
		rest := r.lines.buf[r.lines.pos:r.lines.end]
		// The empty line between goroutines, which is most of what ends a stack.
		if len(rest) > 0 && rest[0] == '\n' {
			if b.lines == 0 || r.blanks > 0 {
				return false // see skipBlanks
			}
			r.skip(1, 1)
			return true
		}
		if b.creator != nil {
			return false
		}
		if r.small != "" {
			if !r.readSmallPair(rest) {
				return false
			}
			continue
		}
		// First what followed the last pair the last time, then what followed
		// it before that, then any.
		last := &t.at(b.pair).next
		index := last[0]
		middle, size := t.at(index).match(rest)
		if size == 0 {
			index = last[1]
			if middle, size = t.at(index).match(rest); size == 0 {
				var more bool
				if index, more = r.findPair(rest); index == 0 {
					if more && len(rest) < pairRoom && r.lines.fill() {
						continue
					}
					return false
				}
				middle, size = t.at(index).match(rest)
				last = &t.at(b.pair).next // findPair may have moved it
			}
			// The newest first, the other one kept: stacks of two kinds in turn need no
			// look-up by hash.
			last[0], last[1] = index, last[0]
		}
		// The slower path counts what is beyond the bounds and says so.
		if b.lines+2 > maxBodyLines || b.bytes+size > maxBodyBytes || !r.takePair(index, middle) {
			return false
		}
		b.pair = index
		b.lines += 2
		b.bytes += size
		r.skip(size, 2)
	}
}

// at returns the pair with an index.
func (t *pairTable) at(index int32) *pair {
	if len(t.pairs) == 0 {
		t.pairs = make([]pair, 1, firstPairs)
	}
	return &t.pairs[index]
}

// skip passes over lines of the input that are in the buffer.
func (r *Reader) skip(size, lines int) {
	r.lines.pos += size
	r.lines.n += lines
	r.lines.cut = 0
}

// takePair adds the frame or creator that a pair and its middle stand for. It
// returns false if the middle is not what it should be.
func (r *Reader) takePair(index int32, middle []byte) bool {
	p := r.pairs.at(index)
	if p.created {
		id, ok := parseInt(middle)
		if !ok {
			return false
		}
		c := &r.creator
		*c = Creator{Func: p.fn(), Goroutine: id, File: p.file(), Line: p.line, Offset: p.offset}
		r.g.Creator, r.body.creator = c, c
		r.body.creatorHash = cache.Mix(uint64(index)+1, uint64(id)^cache.HashKey)
		return true
	}
	// Arguments that are no pointers, and pointers to what many wait for, are
	// the same as the last time.
	// The conversion in a comparison does not allocate.
	if string(middle) != p.args {
		if !isPlainArgs(middle) {
			return false
		}
		if !r.SkipArgs {
			p.args, p.argsHash = r.args(middle)
		}
	}
	r.frames = append(r.frames, Frame{Func: p.fn(), Args: p.args, File: p.file(), Line: p.line, Offset: p.offset})
	r.body.hash = cache.Mix(r.body.hash^uint64(index), p.argsHash^cache.HashKey)
	return true
}

// isPlainArgs reports whether args is of the bytes that the runtime prints
// between parentheses.
func isPlainArgs(args []byte) bool {
	for _, c := range args {
		if !plainArg[c] {
			return false
		}
	}
	return true
}

var plainArg = [256]bool{
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'a': true, 'b': true, 'c': true, 'd': true, 'e': true, 'f': true, 'x': true,
	',': true, ' ': true, '?': true, '.': true, '_': true, '{': true, '}': true,
}

// findPair returns the index of the pair for the two lines that rest starts
// with, a new one if they are seen the first time. It returns 0 if they are no
// pair; more then says that the second line does not end in rest.
func (r *Reader) findPair(rest []byte) (index int32, more bool) {
	x, more := cutPair(rest)
	// A long pair is not worth its memory: hostile names would fill the table.
	if x.head == 0 || x.size > cache.MaxKey {
		return 0, more
	}
	h := cache.Mix(cache.Hash(rest[:x.head])^cache.HashKey, cache.Hash(rest[x.end:x.size]))
	if index = r.pairs.get(h, rest[:x.head], rest[x.end:x.size]); index != 0 {
		return index, false
	}
	var at place
	if !x.isTidy() || !x.parse(&at) {
		return 0, false
	}
	return r.putPair(h, x, at), false
}

// pairText is where the parts of a pair are in rest, which starts with it.
type pairText struct {
	rest      []byte
	head, end int // of the middle; head is 0 if the lines are no pair
	first     int // length of the first line
	size      int // of both lines with their line feeds
	created   bool
}

// cutPair looks for the parts of a pair. If there are no two lines in rest it
// says that it needs more.
func cutPair(rest []byte) (x pairText, more bool) {
	first := bytes.IndexByte(rest, '\n')
	second := bytes.IndexByte(rest[first+1:], '\n')
	if first < 0 || second < 0 {
		return x, true
	}
	x = pairText{rest: rest, first: first, size: first + 1 + second + 1}
	x.head, x.end, x.created = splitPair(trimCR(rest[:first]))
	return x, false
}

// parse reads the place, and reports whether the lines are an ordinary pair, if
// they have no control characters.
func (x *pairText) parse(at *place) bool {
	line := trimCR(x.rest[x.first+1 : x.size-1])
	return len(line) > 0 && line[0] == '\t' && isPlainArgs(x.middle()) && parsePlace(at, line[1:])
}

// isTidy reports whether the lines are as the runtime prints them: there is nothing to
// unescape or to remove, and the white space is that of the runtime (see tidy).
func (x *pairText) isTidy() bool {
	first, second := x.rest[:x.first], x.rest[x.first+1:x.size-1]
	// All but a few pairs are plain, which costs a fraction of the rest to see.
	both := x.rest[:x.size]
	if unwrap.IsPlain(first) && unwrap.IsPlain(bytes.TrimPrefix(second, []byte("\t"))) &&
		bytes.IndexByte(both, '&') < 0 && bytes.IndexByte(both, '\\') < 0 {
		return true
	}
	if isEscaped(x.rest[:x.head]) || isEscaped(x.rest[x.end:x.size]) || hasControl(both) {
		return false
	}
	_, changed := unwrap.Spaces(nil, first, ofRuntime)
	_, changed2 := unwrap.Spaces(nil, second, ofRuntime)
	return !changed && !changed2
}

// hasControl reports whether a line of text may have a byte that [unwrap.Clean]
// removes.
func hasControl(text []byte) bool {
	return bytes.IndexByte(text, unwrap.Escape) >= 0 || bytes.IndexByte(text, '\a') >= 0 || bytes.IndexByte(text, 0) >= 0
}

// middle returns the arguments, or the id of a creator.
func (x *pairText) middle() []byte { return x.rest[x.head:x.end] }

// splitPair returns where the middle of the first line of a pair starts and
// ends; head is 0 if the line is none.
func splitPair(line []byte) (head, end int, created bool) {
	if len(line) == 0 {
		return 0, 0, false
	}
	if line[0] == 'c' && bytes.HasPrefix(line, []byte(createdPrefix)) {
		head = bytes.LastIndexByte(line, ' ') + 1
		if unwrap.Digits(line[head:]) == 0 || !bytes.HasSuffix(line[:head], []byte(inGoroutine)) ||
			head <= len(createdPrefix)+len(inGoroutine) {
			return 0, 0, false
		}
		return head, len(line), true
	}
	if line[0] == '.' || line[0] == '[' { // "...3 frames elided...", "[originating from goroutine 7]:"
		return 0, 0, false
	}
	fn, args, ok := cutCall(line)
	if !ok {
		return 0, 0, false
	}
	return len(fn) + 1, len(fn) + 1 + len(args), false
}

// putPair adds a pair. It has to be one that parse accepts.
func (r *Reader) putPair(h uint64, x pairText, at place) int32 {
	index := r.newPair()
	t := &r.pairs
	// One piece of text for both lines, and the names are parts of it.
	text := t.text.Store2(x.rest[:x.head], x.rest[x.end:x.size])
	p := &t.pairs[index]
	*p = pair{
		text: text, hash: h,
		head: int32(x.head), lead: int32(x.first - x.end), fileLen: int32(at.fileLen), created: x.created,
		line: at.line, offset: at.offset,
	}
	t.size += len(text)
	t.add(index)
	return index
}

// newPair makes room for a pair and returns its index. If there are too many
// already it forgets them, and the statuses, which refer to them.
func (r *Reader) newPair() int32 {
	t := &r.pairs
	if len(t.pairs) >= mostPairs || t.size > pairBytes {
		// All at once, because an order of use would cost each match a write. A dump that
		// needs more pairs than this is only slower.
		clear(t.pairs)
		clear(t.slots)
		t.pairs, t.size = t.pairs[:1], 0
		r.statuses.Forget()
		r.body.pair = 0
	}
	t.at(0)
	t.pairs = append(t.pairs, pair{})
	return int32(len(t.pairs) - 1)
}

// get returns the index of the pair with these parts, or 0. Like a table it
// looks at a few slots only, whatever the hashes are.
func (t *pairTable) get(h uint64, head, tail []byte) int32 {
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint64(len(t.slots) - 1)
	for i := range uint64(cache.MaxProbes) {
		index := t.slots[(h+i)&mask]
		if index == 0 {
			return 0
		}
		p := &t.pairs[index]
		if p.hash == h && int(p.head) == len(head) && p.text[:p.head] == string(head) && p.text[p.head:] == string(tail) {
			return index
		}
	}
	return 0
}

// add enters the pair with an index in slots. If there is no free slot within
// reach the first one there is forgotten, though pairs that it followed may
// still lead to it.
func (t *pairTable) add(index int32) {
	if 2*len(t.pairs) > len(t.slots) {
		t.slots = make([]int32, max(firstSlots, 2*len(t.slots)))
		for i := range t.pairs {
			if t.pairs[i].head > 0 && int32(i) != index {
				*t.slot(t.pairs[i].hash) = int32(i)
			}
		}
	}
	*t.slot(t.pairs[index].hash) = index
}

// slot returns where to put the index of a pair: a free slot or the first one.
func (t *pairTable) slot(h uint64) *int32 {
	mask := uint64(len(t.slots) - 1)
	for i := range uint64(cache.MaxProbes) {
		if s := &t.slots[(h+i)&mask]; *s == 0 {
			return s
		}
	}
	return &t.slots[h&mask]
}
