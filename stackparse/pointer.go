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
// since; it is used all the same. Arguments of inlined calls, "...",
// are not printed at all. So what is found is there, but much more is not.
type Pointers struct {
	gs      []Goroutine
	regions map[uint64]bool // parts of memory with a receiver
	uses    []use           // by address, then in the order of the dump
	shared  []SharedPointer
	names   map[uint64]int // of shared pointers, from 1
}

// use is an occurrence of a pointer.
type use struct {
	addr      uint64
	goroutine int32
	order     uint32 // in the dump
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
	p.findRegions()
	p.findUses()
	slices.SortFunc(p.uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.addr, b.addr), cmp.Compare(a.order, b.order))
	})
	p.nameShared()
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

// findRegions looks at the receivers.
func (p *Pointers) findRegions() {
	last := uint64(0)
	for i := range p.gs {
		for j := range p.gs[i].Frames {
			f := &p.gs[i].Frames[j]
			if !isPointerMethod(f.Func) {
				continue
			}
			if addr := firstWord(f.Args); addr >= minPointer && (last == 0 || region(addr) != region(last)) {
				p.regions[region(addr)] = true
				last = addr
			}
		}
	}
}

// firstWord returns the first argument, 0 if it is not sure.
func firstWord(args string) uint64 {
	r := argReader{text: args, method: true}
	if r.next() && r.receiver && r.sure {
		return r.value
	}
	return 0
}

// findUses looks at all arguments.
func (p *Pointers) findUses() {
	last, ok := uint64(0), false
	for i := range p.gs {
		for j := range p.gs[i].Frames {
			args := argReader{text: p.gs[i].Frames[j].Args}
			for args.next() {
				a := args.arg
				if a.itab || a.value < minPointer {
					continue
				}
				if r := region(a.value); r != last {
					last, ok = r, p.regions[r]
				}
				if ok {
					p.uses = append(p.uses, use{a.value, int32(i), uint32(len(p.uses))})
				}
			}
		}
	}
}

// nameShared names the addresses that several goroutines have.
func (p *Pointers) nameShared() {
	for i := 0; i < len(p.uses); {
		first := p.uses[i]
		goroutines, last := 0, int32(-1)
		for ; i < len(p.uses) && p.uses[i].addr == first.addr; i++ {
			if g := p.uses[i].goroutine; g != last {
				goroutines, last = goroutines+1, g
			}
		}
		if goroutines > 1 {
			// Until all are known, the place in the order stands for the name.
			p.shared = append(p.shared, SharedPointer{"", first.addr, goroutines})
			p.names[first.addr] = int(first.order)
		}
	}
	slices.SortFunc(p.shared, func(a, b SharedPointer) int { return cmp.Compare(p.names[a.Addr], p.names[b.Addr]) })
	for i := range p.shared {
		s := &p.shared[i]
		s.Name = "#" + strconv.Itoa(i+1)
		p.names[s.Addr] = i + 1
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
