package relate

import (
	"iter"
	"strconv"
	"strings"
)

// minPointer is above what small numbers, lengths and flags reach. The first
// page of memory is never mapped.
const minPointer = 4096

// pointers yields the words in the printed arguments of a call that can be
// addresses, and whether each was alive. The runtime prints "?" behind a word
// whose register the function may have given to another value since.
func pointers(args string) iter.Seq2[uint64, bool] {
	return func(yield func(uint64, bool) bool) {
		for word := range strings.FieldsFuncSeq(args, between) {
			if p, live := word0(word); p >= minPointer && !yield(p, live) {
				return
			}
		}
	}
}

// receiver is the first word of args, which for a method with a pointer
// receiver is the object. It is 0 where the runtime was not sure of it.
func receiver(args string) uint64 {
	// A struct that is passed by value begins with a brace, which word0 does not read.
	first, _, _ := strings.Cut(args, ",")
	p, live := word0(first)
	if !live || p < minPointer {
		return 0
	}
	return p
}

func between(r rune) bool { return r == ',' || r == ' ' || r == '{' || r == '}' }

// word0 reads one printed word: "0xc000012345", "0x0?", "_" or "...".
func word0(word string) (value uint64, live bool) {
	word, stale := strings.CutSuffix(word, "?")
	digits, ok := strings.CutPrefix(word, "0x")
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseUint(digits, 16, 64)
	return value, err == nil && !stale
}
