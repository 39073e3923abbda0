package heap

// minGoroutineStack is what the smallest stack takes.
const minGoroutineStack = 2 << 10

// weigh returns for each group of goroutines how many bytes become garbage when the
// whole group ends: what only the group refers to, and the stacks. A goroutine
// belongs to one group at most.
func (g *Graph) weigh(groups [][]*goroutine) []int64 {
	weights := make([]int64, len(groups))
	grouped := map[*goroutine]bool{}
	for _, group := range groups {
		for _, x := range group {
			grouped[x] = true
		}
	}
	// Memory that the rest of the process keeps counts for no goroutine.
	rest := g.newMarker(followStrong)
	rest.addWorld()
	for _, x := range g.goroutines {
		if !grouped[x] {
			rest.addRoots(x)
		}
	}
	rest.drain()
	// Each object gets the group that reaches it, or shared when two do. It
	// is visited once for each, so at most twice.
	const unseen, shared = 0, -1
	owner := make([]int32, len(g.objects))
	m := &marker{g: g, how: followStrong, set: rest.set}
	for i, group := range groups {
		mine := int32(i + 1)
		var stack []uint32
		push := func(o uint32, as int32) {
			if m.skips(o) || rest.set.has(o) || owner[o] == as || owner[o] == shared {
				return
			}
			if owner[o] == unseen && as != shared {
				owner[o] = as
			} else {
				owner[o] = shared
			}
			stack = append(stack, o)
		}
		for _, x := range group {
			weights[i] += stackSize(x.stack)
			for _, r := range x.roots {
				if !r.maybe {
					push(r.to, mine)
				}
			}
			for _, o := range g.out(x.record) {
				push(o, mine)
			}
		}
		for len(stack) > 0 {
			o := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if g.hidden(o) {
				continue
			}
			for _, to := range g.out(o) {
				push(to, owner[o])
			}
		}
	}
	for i, o := range owner {
		if o > 0 {
			weights[o-1] += g.size(uint32(i))
		}
	}
	return weights
}

// stackSize is the stack that the bytes in use are in: the runtime doubles it.
func stackSize(used int64) int64 {
	n := int64(minGoroutineStack)
	for n < used {
		n *= 2
	}
	return n
}
