package heap

import "runtime"

// funcName returns the name of the function of a closure, or "".
func (g *Graph) funcName(o uint32) string {
	pc, ok := g.funcs[o]
	if !ok || !g.own {
		return ""
	}
	if f := runtime.FuncForPC(uintptr(pc)); f != nil {
		return f.Name()
	}
	return ""
}
