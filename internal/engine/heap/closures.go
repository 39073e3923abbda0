package heap

import (
	"cmp"
	"runtime"
	"slices"
)

// funcName returns the name of the function of a closure, or "".
func (g *Graph) funcName(o uint32) string {
	if !g.own && (g.foreign == nil || g.foreign.names == nil) {
		return ""
	}
	addr := g.address(o)
	i, ok := slices.BinarySearchFunc(g.funcs, addr, func(f rawSlot, addr uint64) int { return cmp.Compare(f.addr, addr) })
	if !ok {
		return ""
	}
	// The first word may be any number.
	if g.foreign != nil {
		return g.foreign.names.Func(g.funcs[i].value)
	}
	if f := runtime.FuncForPC(uintptr(g.funcs[i].value)); f != nil && uint64(f.Entry()) == g.funcs[i].value {
		return f.Name()
	}
	return ""
}
