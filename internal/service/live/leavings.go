package live

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/internal/service/requests"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// leavings are the goroutines that have outlived their requests.
type leavings struct {
	flight requests.View
	routes map[string]*leaving
}

// leaving is what the requests of one route have left.
type leaving struct {
	count  int
	since  time.Time          // of the first of them
	begins map[int64]struct{} // the intervals in which they began
	places map[string]int
}

// again is in how many intervals of time requests have to have left goroutines
// before these are more than what the first request has set up for all.
const again = 3

// add counts the goroutines of r, which stand at the place of p, if they were
// left.
func (l *leavings) add(r pprofile.Record, key string, p *group) {
	route, since, ok := requests.Of(r.Goroutine)
	if !ok || !l.flight.Left(route, since) || pooled(r.Goroutine) {
		return
	}
	at := l.routes[route]
	if at == nil {
		at = &leaving{since: since, begins: map[int64]struct{}{}, places: map[string]int{}}
		l.routes[route] = at
	}
	n := int(r.Count)
	at.count += n
	at.places[key] += n
	at.begins[since.UnixNano()] = struct{}{}
	if since.Before(at.since) {
		at.since = since
	}
	if p.routes == nil {
		p.routes, p.begins = map[string]int{}, map[int64]struct{}{}
	}
	p.routes[route] += n
	p.begins[since.UnixNano()] = struct{}{}
}

// pooled reports whether g belongs to a connection that a client keeps for later
// requests, no matter which request opened it. A connection whose response's body
// was not closed does not count: its reader waits for that.
func pooled(g *stackparse.Goroutine) bool {
	e, ok := filters.Lookup(g)
	switch {
	case !ok || e.Class != filters.ClassMissingClose || e.ID == "database-sql/rows":
		return false
	case e.ID == "net-http/client-conn":
		return !(g.State == "select" && calls(g, "net/http.(*persistConn).readLoop"))
	}
	return true
}

// judge grades places by what was left there: with the goroutines of requests of
// several times, their number has grown.
func (l *leavings) judge(groups map[string]*group) {
	for _, p := range groups {
		left := 0
		for _, n := range p.routes {
			left += n
		}
		if p.left = left >= few && len(p.begins) >= again; p.left {
			p.grade = max(p.grade, cause.Growing)
		}
	}
}

// byCount are the keys of counts, the largest first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
}

// basis is what the grade rests on where no sample has told it.
func (p *group) basis() string {
	if !p.left || p.course.growing {
		return ""
	}
	routes := byCount(p.routes)
	s := "requests of " + routes[0]
	if !strings.Contains(routes[0], "/") {
		s = routes[0]
	}
	return "left behind repeatedly by " + s
}

// counts are the goroutines of each route, of those that have left none as well.
func (l *leavings) counts() map[string]int {
	counts := map[string]int{}
	for _, route := range l.flight.Routes() {
		counts[route] = 0
	}
	for route, at := range l.routes {
		counts[route] = at.count
	}
	return counts
}

// requests are the routes that leave goroutines again and again, with what most
// of these do.
func (l *leavings) requests(r *report.Report) []report.Request {
	if len(l.routes) == 0 {
		return nil
	}
	found := make(map[string]*report.Finding, len(r.Findings)) // by place
	for i := range r.Findings {
		if key := wait.PlaceKey(&r.Findings[i].Example); found[key] == nil {
			found[key] = &r.Findings[i]
		}
	}
	var out []report.Request
	for _, route := range byCount(l.counts()) {
		at := l.routes[route]
		if at == nil || at.count < few && len(at.begins) < again {
			continue
		}
		q := report.Request{Route: route, Goroutines: at.count, Started: l.flight.Since(route, at.since),
			Since: stamp(at.since)}
		q.Each = float64(at.count) / float64(max(q.Started, 1))
		if f := found[byCount(at.places)[0]]; f != nil {
			q.Title, q.At = f.Cause.Title, f.At
		}
		if out = append(out, q); len(out) == report.MaxRequests {
			break
		}
	}
	return out
}
