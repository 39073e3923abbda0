package owner

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Reach is which tests a number of goroutines may be of. It tells the tests that
// none of them is of, without a [Judge] for each: it names too many tests rather
// than too few.
type Reach struct {
	tests     map[string]bool // tests at the top that labels, stacks and go statements name
	creators  map[int64]bool  // what started the goroutines, and what started that
	strangers []int64         // the goroutines that nothing ties to a test
}

// ReachOf says which tests the goroutines of dump that are among some may be of.
func ReachOf(dump []stackparse.Goroutine, some func(*stackparse.Goroutine) bool) *Reach {
	byID := ByID(dump)
	r := &Reach{tests: map[string]bool{}, creators: map[int64]bool{}}
	for i := range dump {
		if g := &dump[i]; some(g) {
			r.add(g, byID)
		}
	}
	return r
}

// add follows the evidence that a [Judge] uses.
func (r *Reach) add(g *stackparse.Goroutine, byID map[int64]*stackparse.Goroutine) {
	known := r.name(testIn(g))
	for _, a := range g.Ancestors {
		r.creators[a.ID] = true
	}
	id := g.ID
	for hops := 0; g != nil && hops < maxChain; hops++ {
		label, _ := g.Label(Label)
		known = r.name(label) || known
		if g.ID != id {
			known = r.name(testRunBy(g)) || known
		}
		if g.Creator == nil {
			break
		}
		r.creators[g.Creator.Goroutine] = true
		g = byID[g.Creator.Goroutine]
	}
	if !known {
		r.strangers = append(r.strangers, id)
	}
}

func (r *Reach) name(test string) bool {
	if test == "" {
		return false
	}
	top, _, _ := strings.Cut(test, "/")
	r.tests[top] = true
	return true
}

// Of reports whether one of the goroutines may be of the test at the top with this
// name, which runs on goroutine self. before holds those that were there when it
// began.
func (r *Reach) Of(test string, self int64, before map[int64]bool) bool {
	if r.tests[test] || r.creators[self] {
		return true
	}
	for _, id := range r.strangers {
		if !before[id] {
			return true
		}
	}
	return false
}
