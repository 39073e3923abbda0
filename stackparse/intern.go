package stackparse

import (
	"encoding/binary"
	"strings"
)

const (
	// tableBytes is the size at which a table starts anew. A process has a few
	// thousand distinct functions and lines on its stacks; a megabyte holds
	// them, and input made to fill the table costs no more than its refilling.
	tableBytes = 1 << 20

	// entryBytes is what an entry costs beside its key.
	entryBytes = 64

	// maxKey keeps long strings, which seldom come twice, out of the tables.
	maxKey = 1 << 10
)

// table remembers what was made of a piece of text.
type table[V any] struct {
	m    map[string]V
	size int
}

func (t *table[V]) get(key []byte) (V, bool) {
	v, ok := t.m[string(key)] // does not allocate
	return v, ok
}

func (t *table[V]) put(key string, v V) {
	if len(key) > maxKey {
		return
	}
	if t.size += len(key) + entryBytes; t.size > tableBytes {
		// Forgetting all is cheaper than choosing, and what is in use is back
		// in the table after a few goroutines.
		clear(t.m)
		t.size = len(key) + entryBytes
	}
	if t.m == nil {
		t.m = make(map[string]V)
	}
	t.m[key] = v
}

// intern returns b as a string, the same one for equal text.
func (r *Reader) intern(b []byte) string {
	if s, ok := r.names.get(b); ok {
		return s
	}
	s := string(b)
	r.names.put(s, s)
	return s
}

const (
	argSets  = 512
	argWays  = 2
	argChunk = 4 << 10
)

// argTable stores the text of arguments. Most are pointers, new in every
// goroutine, so a map would be filled with what is never looked up again. This
// is a small cache that forgets: two places for every hash. Text not found is
// put into chunks, one allocation for many.
type argTable struct {
	sets  *[argSets][argWays]string
	chunk *strings.Builder
}

func (t *argTable) get(b []byte) string {
	switch string(b) {
	case "":
		return ""
	case "...":
		return "..."
	}
	if len(b) > argChunk/8 {
		return string(b)
	}
	if t.sets == nil {
		t.sets = new([argSets][argWays]string)
	}
	set := &t.sets[hash(b)%argSets]
	if set[0] == string(b) {
		return set[0]
	}
	s := set[1]
	if s != string(b) {
		s = t.store(b)
	}
	set[0], set[1] = s, set[0]
	return s
}

// store copies b. A strings.Builder that only grows within its capacity never
// moves its text, so that the strings cut from it stay as they are.
func (t *argTable) store(b []byte) string {
	if t.chunk == nil || t.chunk.Cap()-t.chunk.Len() < len(b) {
		t.chunk = new(strings.Builder)
		t.chunk.Grow(argChunk)
	}
	start := t.chunk.Len()
	t.chunk.Write(b)
	return t.chunk.String()[start:]
}

// hash mixes b eight bytes at a time. It need not resist an adversary, who
// could only make the cache useless; it is the same in every process, so that
// allocations can be counted.
func hash(b []byte) uint64 {
	const k = 0x9e3779b97f4a7c15
	h := uint64(len(b))
	for ; len(b) >= 8; b = b[8:] {
		h = (h ^ binary.LittleEndian.Uint64(b)) * k
		h ^= h >> 29
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	h = (h ^ tail) * k
	return h ^ h>>32
}
