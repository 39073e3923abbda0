package relate

import (
	"cmp"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Relations says what the goroutines of one dump have to do with each other.
// Everything is by index.
type Relations struct {
	Waits  []Wait  // those that wait for an object of package sync
	Cycles []Cycle // indexes into Waits
	Parent []int   // the goroutine that started each one, -1 where it is gone or unknown
	Links  []Link  // the secondary ones, in order, with the likeliest reason for each
	// all goroutines: root causes first, those that most depend on before others, each followed by its dependents
	Order []int
}

// Link says that one goroutine is stuck because another one is.
type Link struct {
	Goroutine int // the secondary one
	On        int // the one that it waits for
	Sure      Sureness
	Why       Evidence
}

// Between finds the relations of goroutines, given their waits, as [Waits] returns
// them, and the ID of the cause of each.
func Between(gs []stackparse.Goroutine, waits []Wait, causes []string) *Relations {
	r := &Relations{Waits: waits, Parent: parents(gs)}
	r.Cycles = Cycles(r.Waits)
	r.Links = append(waitLinks(r.Waits), causeLinks(gs, causes)...)
	sorting.Stable(r.Links, func(a, b Link) int { return cmp.Compare(a.Goroutine, b.Goroutine) })
	// The first is kept: what a wait shows, before what only the causes suggest.
	r.Links = slices.CompactFunc(r.Links, func(a, b Link) bool { return a.Goroutine == b.Goroutine })
	r.Order = order(len(gs), r.Links)
	return r
}

// parents finds the goroutines that started others among gs.
func parents(gs []stackparse.Goroutine) []int {
	index := make(map[int64]int, len(gs))
	for i := range gs {
		index[gs[i].ID] = i
	}
	out := make([]int, len(gs))
	for i := range gs {
		out[i] = -1
		// A made-up dump may say that a goroutine started itself.
		if c := gs[i].Creator; c != nil && c.Goroutine != 0 && c.Goroutine != gs[i].ID {
			if p, ok := index[c.Goroutine]; ok {
				out[i] = p
			}
		}
	}
	return out
}

// waitLinks makes of each wait a link to its surest holder.
func waitLinks(waits []Wait) []Link {
	var out []Link
	for i := range waits {
		w := &waits[i]
		for _, h := range w.Holders {
			// A guess is no reason to call a goroutine secondary, and neither is a wait for itself.
			if h.Sure > Possible && h.Goroutine != w.Goroutine {
				out = append(out, Link{Goroutine: w.Goroutine, On: h.Goroutine, Sure: h.Sure, Why: h.Why})
				break
			}
		}
	}
	return out
}

// consequences names causes that follow from others: the goroutines with the
// first are stuck because of those with one of the second, in the order of
// likelihood. Which of them it is no dump shows.
var consequences = map[string][]string{
	"sql-pool-exhausted": {"sql-rows", "sql-tx"},
	"rw-two-writers":     {"rw-writer"},
}

// causeLinks goes by causes, by what the wrappers of x/sync call and by which
// goroutines run a handler.
func causeLinks(gs []stackparse.Goroutine, causes []string) []Link {
	first := map[string]int{}
	set := func(key string, i int) {
		if _, ok := first[key]; !ok && key != "" {
			first[key] = i
		}
	}
	for i := range gs {
		if i < len(causes) {
			set(causes[i], i)
		}
		for _, cause := range serves(&gs[i]) {
			set(runs+cause, i)
		}
	}
	var out []Link
	for i := range min(len(gs), len(causes)) {
		for _, root := range append(consequences[causes[i]], runs+causes[i]) {
			if on, ok := first[root]; ok && on != i {
				out = append(out, Link{Goroutine: i, On: on, Sure: Likely, Why: ByCause})
				break
			}
		}
	}
	return out
}

// runs marks the goroutines that run the function which those with a cause
// wait for.
const runs = "runs "

// serves names the causes of goroutines that wait for what this one runs.
func serves(g *stackparse.Goroutine) []string {
	// A WaitGroup has no limit to wait for.
	if c := g.Creator; c != nil && StartsMember(c.Func) && c.Func != goMember {
		return []string{"errgroup-limit"}
	}
	for i := range g.Frames {
		switch g.Frames[i].Func {
		case "golang.org/x/sync/singleflight.(*Group).doCall":
			return []string{"singleflight"}
		case "net/http.serverHandler.ServeHTTP":
			return []string{"httptest-close", "http-shutdown"}
		}
	}
	return nil
}

// order lists n goroutines, roots first. Those in a circle have no root among
// them; the first of them counts as one.
func order(n int, links []Link) []int {
	on := make(map[int]int, len(links))
	below := map[int][]int{}
	for _, l := range links {
		on[l.Goroutine] = l.On
		below[l.On] = append(below[l.On], l.Goroutine)
	}
	var out []int
	seen := make([]bool, n)
	add := func(root int) {
		for todo := []int{root}; len(todo) > 0; {
			i := todo[0]
			todo = todo[1:]
			if !seen[i] {
				seen[i] = true
				out = append(out, i)
				todo = append(todo, below[i]...)
			}
		}
	}
	var roots []int
	for i := range n {
		if _, secondary := on[i]; !secondary {
			roots = append(roots, i)
		}
	}
	sorting.Stable(roots, func(a, b int) int { return cmp.Compare(len(below[b]), len(below[a])) })
	for i := range n {
		if _, secondary := on[i]; secondary {
			roots = append(roots, i) // what is left of circles
		}
	}
	for _, i := range roots {
		add(i)
	}
	return out
}

// Line returns the functions that led to goroutine i, the outermost first: who
// started the one that started it, and so on, and at last what it runs itself:
// shop.TestRun, shop.(*Server).Run, shop.(*Server).work. Where a goroutine in
// between is gone, the dump may still name its stack ("originating from").
func (r *Relations) Line(gs []stackparse.Goroutine, i int, tree *source.Tree) []string {
	var line []string
	for steps := 0; i >= 0 && steps < maxLine; steps++ {
		s := Started(&gs[i], tree)
		if steps == 0 && s.Runs != "" {
			line = append(line, s.Runs)
		}
		if s.Func == "" {
			break
		}
		line = append(line, s.Func)
		if r.Parent[i] < 0 { // it is gone, and the dump may still have its stack
			line = append(line, ancestors(&gs[i])...)
		}
		i = r.Parent[i]
	}
	slices.Reverse(line)
	return line
}

// maxLine bounds a line of parents: a hostile dump can have a circle of them.
const maxLine = 32

func ancestors(g *stackparse.Goroutine) []string {
	var out []string
	for i := range g.Ancestors {
		if c := g.Ancestors[i].Creator; c != nil && len(out) < maxLine {
			out = append(out, c.Func)
		}
	}
	return out
}
