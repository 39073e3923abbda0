package stackparse

import (
	"encoding/binary"
	"math/bits"
)

const (
	firstEntries = 16
	mostEntries  = 8 << 10

	// A table starts anew when its keys have this size or when it is half full
	// at mostEntries. A process has a few thousand distinct functions and lines
	// on its stacks, which fit.
	tableBytes = 512 << 10

	// maxKey keeps long strings, which seldom come twice, out of the tables.
	maxKey = 1 << 10

	// maxProbes bounds a search. The hash resists nobody, and with this bound
	// whoever defeats it makes a table useless, not slow.
	maxProbes = 8
)

// table remembers what was made of a piece of text. Unlike a map it is
// bounded, may forget, and hashes the same in every process, so that
// allocations can be counted; and it is faster, as each line of a dump is
// looked up in one.
type table[V any] struct {
	entries []entry[V] // a power of two
	used    int
	size    int // bytes of all keys
}

type entry[V any] struct {
	hash  uint64
	key   string // "" if the entry is free
	value V
}

// get returns the entry of key, which must not be empty, or nil. It is valid
// until the next put.
func (t *table[V]) get(key []byte) *entry[V] {
	if len(t.entries) == 0 || len(key) > maxKey {
		return nil
	}
	h := hash(key)
	mask := uint64(len(t.entries) - 1)
	for i := range uint64(maxProbes) {
		e := &t.entries[(h+i)&mask]
		if e.hash == h && e.key == string(key) {
			return e
		}
		if e.key == "" {
			return nil
		}
	}
	return nil
}

// put adds an entry for a key that get has not found.
func (t *table[V]) put(key string, value V) {
	if len(key) > maxKey {
		return
	}
	t.makeRoom(len(key))
	e := t.place(hash([]byte(key)))
	if e.key == "" {
		t.used++
	}
	t.size += len(key) - len(e.key)
	*e = entry[V]{hash: hash([]byte(key)), key: key, value: value}
}

// makeRoom keeps at least half of the table free, of the smallest a quarter.
func (t *table[V]) makeRoom(n int) {
	switch {
	case len(t.entries) == 0:
		t.entries = make([]entry[V], firstEntries)
	case t.size+n > tableBytes || t.used >= mostEntries/2:
		// Forgetting all is cheaper than choosing, and what is in use is back
		// in the table after a few goroutines.
		t.forget()
	case t.used >= len(t.entries)/2 && (len(t.entries) > firstEntries || t.used >= firstEntries/4*3):
		old := t.entries
		t.entries = make([]entry[V], 2*len(old))
		t.used, t.size = 0, 0
		for _, e := range old {
			if e.key == "" {
				continue
			}
			p := t.place(e.hash)
			if p.key != "" {
				continue // no free place within reach: forget one
			}
			*p = e
			t.used++
			t.size += len(e.key)
		}
	}
}

// forget empties the table.
func (t *table[V]) forget() {
	clear(t.entries)
	t.used, t.size = 0, 0
}

// place returns a free entry for a hash. If there is none within reach it is
// the first one, whose key is then forgotten.
func (t *table[V]) place(h uint64) *entry[V] {
	mask := uint64(len(t.entries) - 1)
	for i := range uint64(maxProbes) {
		if e := &t.entries[(h+i)&mask]; e.key == "" {
			return e
		}
	}
	return &t.entries[h&mask]
}

// hashKey is an odd number without a pattern, the golden ratio in 64 bits.
const hashKey = 0x9e3779b97f4a7c15

// hash mixes b sixteen bytes at a time, by the high and low half of a product.
func hash(b []byte) uint64 {
	const k1 = 0xd1b54a32d192ed03
	h := uint64(len(b)) ^ hashKey
	for len(b) > 16 {
		h = mix(h^binary.LittleEndian.Uint64(b), k1^binary.LittleEndian.Uint64(b[8:]))
		b = b[16:]
	}
	var x, y uint64
	switch n := len(b); {
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		for i, c := range b {
			x |= uint64(c) << (8 * i)
		}
	}
	return mix(h^x, k1^y)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
