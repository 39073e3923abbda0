package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Request is a kind of requests or jobs that leaves goroutines behind: they are
// there though nothing that began when they did is in flight any more.
type Request struct {
	Route      string  `json:"route"`       // "POST /orders", "job reindex"
	Goroutines int     `json:"goroutines"`  // that were left
	Started    int64   `json:"started"`     // requests since the first that left one
	Each       float64 `json:"each"`        // goroutines that each of them leaves
	Since      string  `json:"since"`       // when that began, as RFC 3339 writes it
	Title      string  `json:"title"`       // what most of the goroutines do: "blocked sending on a channel"
	At         Site    `json:"at,omitzero"` // where
}

// MaxRequests bounds the requests that a report has.
const MaxRequests = 20

// String says what the requests leave: "POST /orders leaves 0.03 goroutines per
// request since Nov 24 12:03 UTC (812 after 27000 requests), blocked sending on a channel
// at orders.go:25".
func (q *Request) String() string {
	each, noun := strconv.FormatFloat(q.Each, 'g', 2, 64), "goroutines"
	switch {
	case q.Each >= 10:
		each = strconv.FormatFloat(q.Each, 'f', 0, 64)
	case q.Each < 0.0001:
		each = "less than 0.0001"
	case each == "1": // rounded, as it is printed
		noun = "goroutine"
	}
	unit := "run"
	if strings.Contains(q.Route, "/") { // a job has a name and no path
		unit = "request"
	}
	s := fmt.Sprintf("%s leaves %s %s per %s since %s (%d after %s)", Cut(q.Route, maxName), each, noun, unit,
		moment(q.Since), q.Goroutines, words.Count(int(q.Started), unit))
	if q.Title != "" {
		s += ", " + Cut(q.Title, maxName)
	}
	if q.At.Func != "" {
		s += " at " + q.At.Position()
	}
	return s
}

// moment is a time as a person reads it, the text itself where it is none.
func moment(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return Cut(text, maxName)
	}
	return t.UTC().Format("Jan 2 15:04 UTC")
}

// addRoute notes the request or job that started g, as its labels say.
func (f *Finding) addRoute(g *stackparse.Goroutine) {
	route, ok := g.Label(owner.Route)
	if ok && len(f.Routes) < maxRoutes && !slices.Contains(f.Routes, route) {
		// The list may be that of a Leak.
		f.Routes = append(slices.Clip(f.Routes), route)
	}
}
