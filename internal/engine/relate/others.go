package relate

import (
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Other is a goroutine that had to do with another one when that crashed.
type Other struct {
	Goroutine int // its index
	Why       Tie
	Addr      uint64 // what both were given, or one waits for
	Of        int    // of the other's calls: that which was given it; -1 for none
}

// Tie says what a goroutine had to do with another.
type Tie int

const (
	// Awaits: it waits for a lock or group that the other is likely to hold.
	Awaits Tie = iota + 1
	// HoldsIt: it is likely to hold what the other waits for.
	HoldsIt
	// Shares: a call of each was given the same address.
	Shares
)

const (
	// heapStart and heapEnd bound what is taken for the address of an object.
	// The runtime starts its heap there on 64 bits; types and functions, whose
	// addresses all calls share, lie elsewhere.
	heapStart = 0xc000000000
	heapEnd   = 0x10000000000
	// mostSharing is how many may share an address for that to say something.
	mostSharing = 8
)

// Others returns what other goroutines of gs were doing to the one at index
// crashed: the waits first, then those that share an address, each goroutine once.
func Others(gs []stackparse.Goroutine, crashed int, code Code) []Other {
	var out []Other
	add := func(b Other) {
		if b.Goroutine != crashed && !slices.ContainsFunc(out, func(o Other) bool { return o.Goroutine == b.Goroutine }) {
			out = append(out, b)
		}
	}
	for _, w := range Waits(gs, code) {
		for _, h := range w.Holders {
			switch {
			case h.Sure < Likely: // a guess may well be wrong
			case h.Goroutine == crashed:
				add(Other{Goroutine: w.Goroutine, Why: Awaits, Addr: w.Addr, Of: h.Frame})
			case w.Goroutine == crashed:
				add(Other{Goroutine: h.Goroutine, Why: HoldsIt, Addr: w.Addr, Of: w.Caller})
			}
		}
	}
	for _, own := range givenTo(&gs[crashed]) {
		var found []Other
		for i := range gs {
			has := func(f stackparse.Frame) bool { return hasPointer(&f, own.addr) }
			if i != crashed && slices.ContainsFunc(gs[i].Frames, has) {
				found = append(found, Other{Goroutine: i, Why: Shares, Addr: own.addr, Of: own.frame})
			}
		}
		// What all workers of a server have, such as the server, says nothing of one of them.
		if len(found) <= mostSharing {
			for _, b := range found {
				add(b)
			}
		}
	}
	return out
}

// address is one that a call was given.
type address struct {
	addr  uint64
	frame int
}

// givenTo returns the addresses that the calls of g were given, the innermost
// first. Those of the runtime and of package testing are their own business.
func givenTo(g *stackparse.Goroutine) []address {
	// Each of these addresses is looked for in all goroutines.
	const most = 64
	var list []address
	for i := range g.Frames {
		f := &g.Frames[i]
		if ofRuntime(f.Func) {
			continue
		}
		for p := range pointers(f.Args) {
			if isObject(p) && len(list) < most && !slices.ContainsFunc(list, func(a address) bool { return a.addr == p }) {
				list = append(list, address{p, i})
			}
		}
	}
	return list
}

func hasPointer(f *stackparse.Frame, addr uint64) bool {
	if ofRuntime(f.Func) {
		return false
	}
	for p := range pointers(f.Args) {
		if p == addr {
			return true
		}
	}
	return false
}

func isObject(p uint64) bool { return heapStart <= p && p < heapEnd }

func ofRuntime(fn string) bool {
	pkg := stackparse.Package(fn)
	return pkg == "runtime" || pkg == "testing" || pkg == "" || strings.HasPrefix(pkg, "internal/runtime/")
}
