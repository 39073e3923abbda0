package cache

import "strings"

// Text stores text, one allocation for many pieces. A piece that is kept
// keeps its chunk, so chunks are small.
type Text struct {
	last strings.Builder
}

const (
	firstChunk = 1 << 10
	largeChunk = 4 << 10
)

// Store copies b.
func (c *Text) Store(b []byte) string { return c.Store2(b, nil) }

// Store2 copies a and b as one text. A strings.Builder that only grows within
// its capacity never moves its text, so that the strings cut from it stay as
// they are.
func (c *Text) Store2(a, b []byte) string {
	size := len(a) + len(b)
	// A large piece would leave much of a chunk unused.
	if size > largeChunk/8 {
		return string(a) + string(b)
	}
	if c.last.Cap()-c.last.Len() < size {
		chunk := max(firstChunk, min(4*c.last.Cap(), largeChunk))
		c.last.Reset()
		c.last.Grow(chunk)
	}
	start := c.last.Len()
	c.last.Write(a)
	c.last.Write(b)
	return c.last.String()[start:]
}

// Names remembers text that comes again and again. The names of a program are few and
// repeat in each goroutine: a dump of a million has some thousands.
type Names struct{ table Table[struct{}] }

// Get returns b as a string, the same one for equal text, which it stores in text if
// it is new.
func (n *Names) Get(b []byte, text *Text) string {
	if len(b) == 0 {
		return ""
	}
	if e := n.table.Get(b); e != nil {
		return e.Key
	}
	s := text.Store(b)
	n.table.Put(s, struct{}{})
	return s
}

const (
	argWays      = 2
	firstArgSets = 16
	mostArgSets  = 512
)

// Args remembers the text of arguments. Most are pointers, new in every
// goroutine, so a map would be filled with what is never looked up again. This
// is a small cache that forgets: two places for every hash.
type Args struct {
	sets   [][argWays]string // a power of two
	misses int
}

// Get returns the text between parentheses as a string, which it stores in text
// if it is new, and its hash.
func (t *Args) Get(b []byte, text *Text) (string, uint64) {
	switch string(b) {
	case "":
		return "", 0
	case "...":
		return "...", 1
	}
	if t.misses >= argWays*len(t.sets) && len(t.sets) < mostArgSets {
		// More misses than room. To start over loses less than moving costs.
		t.sets = make([][argWays]string, max(2*len(t.sets), firstArgSets))
		t.misses = 0
	}
	h := Hash(b)
	set := &t.sets[h&uint64(len(t.sets)-1)]
	if set[0] == string(b) {
		return set[0], h
	}
	s := set[1]
	if s != string(b) {
		t.misses++
		s = text.Store(b)
		if len(s) > MaxKey {
			return s, h
		}
	}
	set[0], set[1] = s, set[0]
	return s, h
}
