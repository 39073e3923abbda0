package relate

import (
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Relations says what the goroutines of one dump have to do with each other.
// Everything is by index.
type Relations struct {
	Waits  map[int]Wait // those that wait for an object of package sync
	Links  map[int]Link // the secondary ones, with the likeliest reason for each
	Circle map[int]int  // how many goroutines wait for each other in a circle, by each of them
	Parent []int        // the goroutine that started each one, -1 where it is gone or unknown
}

// Link says that a goroutine is stuck because another one is.
type Link struct {
	On   int // the one that it waits for
	Sure Sureness
	Why  Evidence
}

// Between finds the relations of goroutines, given their waits, as [Waits] returns
// them, and the ID of the cause of each.
func Between(gs []stackparse.Goroutine, waits []Wait, causes []string) *Relations {
	r := &Relations{Waits: ByGoroutine(waits), Links: waitLinks(waits), Circle: map[int]int{}, Parent: parents(gs)}
	for _, c := range Cycles(waits) {
		for _, w := range c.Waits {
			r.Circle[waits[w].Goroutine] = len(c.Waits)
		}
	}
	r.linkCauses(gs, causes)
	return r
}

// ByGoroutine returns waits by the goroutine that waits.
func ByGoroutine(waits []Wait) map[int]Wait {
	out := make(map[int]Wait, len(waits))
	for _, w := range waits {
		out[w.Goroutine] = w
	}
	return out
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
func waitLinks(waits []Wait) map[int]Link {
	links := map[int]Link{}
	for i := range waits {
		w := &waits[i]
		for _, h := range w.Holders {
			// A guess is no reason to call a goroutine secondary, and neither is a wait for itself.
			if h.Sure > Possible && h.Goroutine != w.Goroutine {
				links[w.Goroutine] = Link{On: h.Goroutine, Sure: h.Sure, Why: h.Why}
				break
			}
		}
	}
	return links
}

// consequences names causes that follow from others: the goroutines with the
// first are stuck because of those with one of the second, in the order of
// likelihood. Which of them it is no dump shows.
var consequences = map[string][]string{
	"sql-pool-exhausted": {"sql-rows", "sql-tx"},
	"rw-two-writers":     {"rw-writer"},
}

// linkCauses adds links from causes, from the calls of the wrappers of x/sync
// and from the goroutines that run a handler. Links from a wait are surer,
// and stay.
func (r *Relations) linkCauses(gs []stackparse.Goroutine, causes []string) {
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
	for i := range min(len(gs), len(causes)) {
		for _, root := range append(consequences[causes[i]], runs+causes[i]) {
			_, linked := r.Links[i]
			if on, ok := first[root]; ok && on != i && !linked {
				r.Links[i] = Link{On: on, Sure: Likely, Why: ByCause}
			}
		}
	}
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
