package stackparse

import "bytes"

const (
	firstPairs = 16
	mostPairs  = 8 << 10
	pairBytes  = 1 << 20 // of text

	// pairRoom is how far two lines are looked for before they are left to the
	// slower path: reading byte by byte must not look at the same bytes again
	// and again.
	pairRoom = 4 << 10
)

// pair is what was made of two lines, a call and its place or a creator and its
// place, but for what is between the parentheses or the id.
//
// A stack is a walk over pairs, and what follows a pair is mostly what followed
// it the last time. So the next lines are compared with those of one or two
// pairs, and only if they differ looked up by their hash. That takes a search
// for a line feed and two comparisons for two lines, and is several times as
// fast as to hash them.
type pair struct {
	text string // both lines and their line feeds without the middle
	head int    // text[:head] is before the middle
	lead int    // bytes from the middle to the first line feed
	hash uint64

	call     Frame // or the Func and place of a creator
	created  bool
	args     string // the last middle of a call
	argsHash uint64

	next [2]int32 // pairs that came after this one, the last one first; 0 if none
}

// pairTable holds pairs by index. pairs[0] is no pair, but has next.
type pairTable struct {
	pairs []pair
	slots []int32 // indexes of pairs by hash, 0 if free; a power of two
	text  chunks
	size  int // bytes of text
}

// match compares rest with p. It returns the middle and the length of the two
// lines, 0 if they are not p's.
func (p *pair) match(rest []byte) (middle []byte, size int) {
	head := p.head
	if head == 0 || len(rest) < len(p.text) || string(rest[:head]) != p.text[:head] {
		return nil, 0
	}
	end := head + bytes.IndexByte(rest[head:], '\n') - p.lead
	if end < head {
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
	if b.half != none || b.ancestor || b.creator != nil || b.system || r.wrap.on {
		return false
	}
	for {
		rest := r.lines.buf[r.lines.pos:r.lines.end]
		if len(rest) > 0 && rest[0] == '\n' {
			r.skip(1, 1)
			return true
		}
		if b.creator != nil {
			return false
		}
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
			last[0], last[1] = index, last[0]
		}
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
		*c = Creator{Func: p.call.Func, Goroutine: id, File: p.call.File, Line: p.call.Line, Offset: p.call.Offset}
		r.g.Creator, r.body.creator = c, c
		r.body.creatorHash = mix(uint64(index)+1, uint64(id)^hashKey)
		return true
	}
	if !r.SkipArgs && string(middle) != p.args {
		if !isPlainArgs(middle) {
			return false
		}
		p.args, p.argsHash = r.args(middle)
	}
	r.frames = append(r.frames, p.call)
	r.frames[len(r.frames)-1].Args = p.args
	r.body.hash = mix(r.body.hash^uint64(index), p.argsHash^hashKey)
	return true
}

// isPlainArgs reports whether args is of the bytes that the runtime prints
// between parentheses.
func isPlainArgs(args []byte) bool {
	for _, c := range args {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || c == 'x' || c == ',' || c == ' ' || c == '?' || c == '.' || c == '_' || c == '{' || c == '}') {
			return false
		}
	}
	return true
}

// findPair returns the index of the pair for the two lines that rest starts
// with, a new one if they are seen the first time. It returns 0 if they are no
// pair; more then says that the second line does not end in rest.
func (r *Reader) findPair(rest []byte) (index int32, more bool) {
	first := bytes.IndexByte(rest, '\n')
	second := bytes.IndexByte(rest[first+1:], '\n')
	if first < 0 || second < 0 {
		return 0, true
	}
	second += first + 1
	line := trimCR(rest[:first])
	head, end, created := splitPair(line)
	if head == 0 || second > maxKey {
		return 0, false
	}
	h := mix(hash(rest[:head])^hashKey, hash(rest[end:second+1]))
	t := &r.pairs
	if index = t.get(h, rest[:head], rest[end:second+1]); index != 0 {
		return index, false
	}
	var p place
	at := trimCR(rest[first+1 : second])
	if len(at) == 0 || at[0] != '\t' || bytes.IndexByte(rest[:second], escape) >= 0 || !isPlainArgs(line[head:end]) || !parsePlace(&p, at[1:]) {
		return 0, false
	}
	return r.putPair(h, pairText{rest, head, end, second + 1, first - end, created}, p), false
}

// splitPair returns where the middle of the first line of a pair starts and
// ends; head is 0 if the line is none.
func splitPair(line []byte) (head, end int, created bool) {
	if len(line) == 0 {
		return 0, 0, false
	}
	if line[0] == 'c' && bytes.HasPrefix(line, []byte(createdPrefix)) {
		head = bytes.LastIndexByte(line, ' ') + 1
		if digits(line[head:]) == 0 || !bytes.HasSuffix(line[:head], []byte(inGoroutine)) || head <= len(createdPrefix)+len(inGoroutine) {
			return 0, 0, false
		}
		return head, len(line), true
	}
	if line[0] == '.' || line[0] == '[' {
		return 0, 0, false
	}
	fn, args, ok := cutCall(line)
	if !ok {
		return 0, 0, false
	}
	return len(fn) + 1, len(fn) + 1 + len(args), false
}

// pairText is where in rest the parts of a pair are.
type pairText struct {
	rest      []byte
	head, end int // of the middle
	size      int // of both lines
	lead      int
	created   bool
}

// putPair adds a pair.
func (r *Reader) putPair(h uint64, x pairText, at place) int32 {
	index := r.newPair()
	t := &r.pairs
	// One piece of text for both lines, and the names are parts of it.
	text := t.text.store2(x.rest[:x.head], x.rest[x.end:x.size])
	p := &t.pairs[index]
	*p = pair{text: text, head: x.head, lead: x.lead, hash: h, created: x.created}
	fn := text[:x.head-1]
	if x.created {
		fn = text[len(createdPrefix) : x.head-len(inGoroutine)]
	}
	file := text[x.head+x.lead+len("\n\t"):]
	p.call = Frame{Func: fn, File: file[:at.fileLen], Line: at.line, Offset: at.offset}
	t.size += len(text)
	t.add(index)
	return index
}

// newPair makes room for a pair and returns its index. If there are too many
// already it forgets them, and the statuses, which refer to them.
func (r *Reader) newPair() int32 {
	t := &r.pairs
	if len(t.pairs) >= mostPairs || t.size > pairBytes {
		clear(t.pairs)
		clear(t.slots)
		t.pairs, t.size = t.pairs[:1], 0
		r.statuses.forget()
		r.body.pair = 0
	}
	t.at(0)
	t.pairs = append(t.pairs, pair{})
	return int32(len(t.pairs) - 1)
}

// get returns the index of the pair with these parts, or 0.
func (t *pairTable) get(h uint64, head, tail []byte) int32 {
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint64(len(t.slots) - 1)
	for i := range uint64(maxProbes) {
		index := t.slots[(h+i)&mask]
		if index == 0 {
			return 0
		}
		p := &t.pairs[index]
		if p.hash == h && p.head == len(head) && p.text[:p.head] == string(head) && p.text[p.head:] == string(tail) {
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
		t.slots = make([]int32, max(4*firstPairs, 2*len(t.slots)))
		for i := range t.pairs {
			if t.pairs[i].head > 0 && int32(i) != index {
				*t.slot(t.pairs[i].hash) = int32(i)
			}
		}
	}
	*t.slot(t.pairs[index].hash) = index
}

func (t *pairTable) slot(h uint64) *int32 {
	mask := uint64(len(t.slots) - 1)
	for i := range uint64(maxProbes) {
		if s := &t.slots[(h+i)&mask]; *s == 0 {
			return s
		}
	}
	return &t.slots[h&mask]
}
