package stackparse

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Pointers knows which goroutines of a dump have which pointers among the
// arguments of their calls.
//
// The runtime prints arguments as words, and what is a pointer has to be told
// by its value. Receivers of pointer methods surely are pointers; other words
// count as such if they lie in a part of memory where a receiver does. A dump
// without any has no pointers that are known as such.
//
// A word with a question mark is one that the function may have overwritten
// since; it is used, and marked as not sure. Arguments of inlined calls, "...",
// are not printed at all. So what is found is there, but much more is not.
type Pointers struct {
	gs      []Goroutine
	regions map[uint64]bool // parts of memory with a receiver
	uses    []use           // by address, then in the order of gs
	shared  []SharedPointer
	names   map[uint64]int // of shared pointers, from 1
}

// use is an occurrence of a pointer.
type use struct {
	addr      uint64
	goroutine int32
	frame     int32
	sure      bool
}

// SharedPointer is a pointer that several goroutines have.
type SharedPointer struct {
	Name       string // "#1", "#2": in the order in which a dump first shows them
	Addr       uint64
	Goroutines int // how many have it
}

// FindPointers looks at the arguments of all calls of gs, which it keeps. It
// takes time and memory by the number of arguments.
func FindPointers(gs []Goroutine) *Pointers {
	p := &Pointers{gs: gs, regions: map[uint64]bool{}, names: map[uint64]int{}}
	p.eachArg(func(a arg, u use) {
		if a.receiver && a.sure && a.value >= minPointer {
			p.regions[region(a.value)] = true
		}
	})
	p.eachArg(func(a arg, u use) {
		if !a.itab && a.value >= minPointer && p.regions[region(a.value)] {
			p.uses = append(p.uses, u)
		}
	})
	first := p.firstUses()
	slices.SortStableFunc(p.uses, func(a, b use) int { return cmp.Compare(a.addr, b.addr) })
	p.nameShared(first)
	return p
}

// minPointer is below all pointers: the first page of memory is not mapped.
const minPointer = 4 << 10

// region is the part of memory that an address lies in. Heaps of 64-bit systems
// are far from all else, and the 4 GiB around a pointer hold no common numbers.
// Below that, where programs and the heaps of 32-bit systems are, parts are
// smaller.
func region(addr uint64) uint64 {
	if addr < 1<<32 {
		return addr >> 22
	}
	return addr >> 32 << 32
}

// eachArg calls visit for each argument of each call, with its place.
func (p *Pointers) eachArg(visit func(arg, use)) {
	for i := range p.gs {
		for j := range p.gs[i].Frames {
			f := &p.gs[i].Frames[j]
			if isForeignArgs(f.Args) {
				continue
			}
			args := argReader{text: f.Args, method: isPointerMethod(f.Func)}
			for args.next() {
				a := args.arg
				visit(a, use{a.value, int32(i), int32(j), a.sure})
			}
		}
	}
}

// firstUses lists the addresses in the order of their first uses.
func (p *Pointers) firstUses() []uint64 {
	var addrs []uint64
	seen := map[uint64]bool{}
	for _, u := range p.uses {
		if !seen[u.addr] {
			seen[u.addr] = true
			addrs = append(addrs, u.addr)
		}
	}
	return addrs
}

// nameShared names the addresses that several goroutines have.
func (p *Pointers) nameShared(first []uint64) {
	counts := map[uint64]int{}
	for i, u := range p.uses {
		if i == 0 || p.uses[i-1].addr != u.addr || p.uses[i-1].goroutine != u.goroutine {
			counts[u.addr]++
		}
	}
	for _, addr := range first {
		if n := counts[addr]; n > 1 {
			p.shared = append(p.shared, SharedPointer{"#" + strconv.Itoa(len(p.shared)+1), addr, n})
			p.names[addr] = len(p.shared)
		}
	}
}

// Shared returns the pointers that several goroutines have, by name.
func (p *Pointers) Shared() []SharedPointer { return p.shared }

// Name returns the name of a pointer, "" if it is not shared.
func (p *Pointers) Name(addr uint64) string {
	n := p.names[addr]
	if n == 0 {
		return ""
	}
	return p.shared[n-1].Name
}

// Carriers returns the goroutines that have the pointer addr, as indices into
// the goroutines of the dump.
func (p *Pointers) Carriers(addr uint64) []int {
	var indices []int
	for _, u := range p.uses[p.search(addr):] {
		if u.addr != addr {
			break
		}
		if n := len(indices); n == 0 || indices[n-1] != int(u.goroutine) {
			indices = append(indices, int(u.goroutine))
		}
	}
	return indices
}

// search returns where the uses of addr start, or would.
func (p *Pointers) search(addr uint64) int {
	i, _ := slices.BinarySearchFunc(p.uses, addr, func(u use, addr uint64) int { return cmp.Compare(u.addr, addr) })
	return i
}

// isPointerMethod tells whether fn has a pointer as its receiver:
// "sync.(*Mutex).Lock", and not "main.(*T).Run.func1", which is a function
// without a receiver, nor "main.(*T).Run-fm".
func isPointerMethod(fn string) bool {
	i := strings.LastIndex(fn, ").")
	return i > 0 && strings.Contains(fn[:i], ".(*") && strings.IndexByte(fn[i+2:], '.') < 0 && !strings.HasSuffix(fn, "-fm")
}

// arg is a word among the arguments of a call.
type arg struct {
	value    uint64
	sure     bool
	receiver bool
	itab     bool // the first of two words in braces: the type of an interface, or the text of a string
}

// argReader reads the words of "0xc000012345, {0x1?, _}, ...", as printArgs of
// runtime/traceback.go writes them, from left to right.
type argReader struct {
	arg
	text   string
	method bool // the next word is the receiver of a pointer method
	pair   bool // the next word is the first of two in braces
}

// next reads a number into r.arg, and returns false at the end.
func (r *argReader) next() bool {
	for r.text != "" {
		switch r.text[0] {
		case ',', ' ', '}':
			r.text, r.pair = r.text[1:], false
			continue
		case '{':
			r.text, r.method = r.text[1:], false
			r.pair = isPair(r.text)
			continue
		}
		end := strings.IndexAny(r.text, ", {}")
		if end < 0 {
			end = len(r.text)
		}
		word := r.text[:end]
		r.arg = arg{receiver: r.method, itab: r.pair}
		r.text, r.method, r.pair = r.text[end:], false, false
		if r.parse(word) {
			return true
		}
	}
	return false
}

// parse reads "0x1f" or "0x1f?"; it refuses "_" and "...".
func (r *argReader) parse(word string) bool {
	digits, ok := strings.CutPrefix(word, "0x")
	if !ok {
		return false
	}
	digits, unsure := strings.CutSuffix(digits, "?")
	n, err := strconv.ParseUint(digits, 16, 64)
	r.value, r.sure = n, !unsure
	return err == nil
}

// isPair tells whether two words come up to a closing brace.
func isPair(text string) bool {
	end := strings.IndexAny(text, "{}")
	return end >= 0 && text[end] == '}' && strings.Count(text[:end], ",") == 1
}
