package report

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
)

// Memory is what the heap says of a goroutine; zero where it was not read.
type Memory struct {
	Unreachable bool     // nothing that can run refers to what it waits for
	Stuck       int      // of a [Leak.Group], the goroutines of which that is so
	Held        []string // what refers to that, the most useful first
	Nobody      bool     // nothing refers to that, not even goroutines that are stuck
	Root        int64    // id of the stuck goroutine that alone refers to that; 0 if there is none
	Keeps       int64    // bytes that nothing else uses, of all with the same stack
}

// roots orders by what the heap knows and not by guesses: the stuck goroutine
// that alone holds what others wait for comes before them. at has the finding
// of each goroutine by its id, first a leak of each finding.
func (r *Report) roots(first []*Leak, at map[int64]int) {
	on := func(n int) (int, bool) {
		root := first[n].Memory.Root
		m, ok := at[root]
		return m, ok && root != 0 && m != n
	}
	for n := range r.Findings {
		f := &r.Findings[n]
		m, ok := on(n)
		if !ok {
			continue
		}
		f.Rank &^= 1 // whom relations took for the reason is a guess
		// Of several goroutines with one stack, one id would not tell which of them.
		if back, both := on(m); both && back == n && f.Count == 1 && r.Findings[m].Count == 1 && f.Waits == "" {
			f.Waits = fmt.Sprintf("for goroutine %d, which waits for this one", first[n].Memory.Root)
		}
		root, circle := m, false
		// A circle that n only leads to would never end.
		for steps := 0; ok && steps < len(first) && !circle; steps++ {
			root, circle = m, m == n
			m, ok = on(m)
		}
		if circle || ok {
			continue // each waits for the other
		}
		r.Findings[root].Rank = min(r.Findings[root].Rank&^1, f.Rank)
		f.Rank |= 1
	}
}

// dropped gives goroutines that wait for a context whose cancel function is
// unreachable that cause.
func (r *Report) dropped(first []*Leak) {
	// A select with other cases may have a context that never ends, such as context.Background.
	waits := func(f *Finding) bool {
		return f.Cause.ID == cause.ContextNeverCancelled && f.Example.State == "chan receive"
	}
	// A proof does not say whether a goroutine that is stuck as well has it.
	proof := true
	for i := range r.Findings {
		proof = proof && waits(&r.Findings[i])
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if waits(f) && (first[i].Memory.Nobody && f.Unreachable == f.Count || proof && f.Proven == f.Count) {
			f.Cause = cause.CancelDropped(f.Cause)
		}
	}
}
