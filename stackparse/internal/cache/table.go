package cache

import (
	"encoding/binary"
	"math/bits"
)

const (
	firstEntries = 16
	mostEntries  = 8 << 10

	// A table starts over when its keys have this size or when it is half full
	// at mostEntries. A process has a few thousand distinct functions and lines
	// on its stacks, which fit.
	tableBytes = 512 << 10

	// MaxKey keeps long strings, which seldom come twice, out of the tables.
	MaxKey = 1 << 10

	// MaxProbes bounds a search. The hash resists no attack, and with this bound
	// an attack makes a table useless, not slow.
	MaxProbes = 8
)

// Table remembers what was made of a piece of text. Unlike a map it is
// bounded, may forget, and hashes the same in every process, so that
// allocations can be counted; and it is faster, as each line of a dump is
// looked up in one.
type Table[V any] struct {
	entries []Entry[V] // a power of two
	used    int
	size    int // bytes of all keys
}

// Entry is what is known of a piece of text.
type Entry[V any] struct {
	hash  uint64
	Key   string // "" if the entry is free
	Value V
}

// Get returns the entry of key, which must not be empty, or nil. It is valid
// until the next Put.
func (t *Table[V]) Get(key []byte) *Entry[V] {
	if len(t.entries) == 0 || len(key) > MaxKey {
		return nil
	}
	h := Hash(key)
	mask := uint64(len(t.entries) - 1)
	for i := range uint64(MaxProbes) {
		e := &t.entries[(h+i)&mask]
		// The hash first: the key lies elsewhere in memory. The conversion makes no
		// copy, as it is only compared.
		if e.hash == h && e.Key == string(key) {
			return e
		}
		// No key is ever taken out alone, so that a search can end at the first free
		// place.
		if e.Key == "" {
			return nil
		}
	}
	return nil
}

// Put adds an entry for a key that Get has not found.
func (t *Table[V]) Put(key string, value V) {
	if len(key) > MaxKey {
		return
	}
	t.makeRoom(len(key))
	e := t.place(Hash([]byte(key)))
	if e.Key == "" {
		t.used++
	}
	t.size += len(key) - len(e.Key)
	*e = Entry[V]{hash: Hash([]byte(key)), Key: key, Value: value}
}

// makeRoom keeps at least half of the table free, of the smallest a quarter.
func (t *Table[V]) makeRoom(n int) {
	switch {
	case len(t.entries) == 0:
		t.entries = make([]Entry[V], firstEntries)
	case t.size+n > tableBytes || t.used >= mostEntries/2:
		// Forgetting all is cheaper than choosing, and what is in use is back
		// in the table after a few goroutines.
		t.Forget()
	case t.used >= len(t.entries)/2 && (len(t.entries) > firstEntries || t.used >= firstEntries/4*3):
		old := t.entries
		t.entries = make([]Entry[V], 2*len(old))
		t.used, t.size = 0, 0
		for _, e := range old {
			if e.Key == "" {
				continue
			}
			p := t.place(e.hash)
			if p.Key != "" {
				continue // no free place within reach: forget one
			}
			*p = e
			t.used++
			t.size += len(e.Key)
		}
	}
}

// Forget empties the table.
func (t *Table[V]) Forget() {
	clear(t.entries)
	t.used, t.size = 0, 0
}

// place returns a free entry for a hash. If there is none within reach it is
// the first one, whose key is then forgotten.
func (t *Table[V]) place(h uint64) *Entry[V] {
	mask := uint64(len(t.entries) - 1)
	for i := range uint64(MaxProbes) {
		if e := &t.entries[(h+i)&mask]; e.Key == "" {
			return e
		}
	}
	return &t.entries[h&mask]
}

// HashKey is an odd number without a pattern, the golden ratio in 64 bits.
const HashKey = 0x9e3779b97f4a7c15

// Hash mixes b sixteen bytes at a time, by the high and low half of a product.
func Hash(b []byte) uint64 {
	const k1 = 0xd1b54a32d192ed03
	h := uint64(len(b)) ^ HashKey
	for len(b) > 16 {
		h = Mix(h^binary.LittleEndian.Uint64(b), k1^binary.LittleEndian.Uint64(b[8:]))
		b = b[16:]
	}
	var x, y uint64
	switch n := len(b); {
	case n >= 8:
		// The two overlap where less than sixteen bytes are left, which saves a loop
		// over the rest.
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		for i, c := range b {
			x |= uint64(c) << (8 * i)
		}
	}
	return Mix(h^x, k1^y)
}

// Mix returns a number that depends on every bit of a and b.
func Mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
