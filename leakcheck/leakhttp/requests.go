package leakhttp

import (
	"net/http"

	"github.com/leakcheck-go/goroutine/internal/service/requests"
)

// RequestOptions change what [Requests] does. The zero value and nil are ready to
// use.
type RequestOptions struct {
	// Route names the route of a request, before it is handled. It is never made
	// of what a client may choose, such as a path with ids: the first 200 routes
	// keep their names, and all others are "other". If nil it is the pattern that
	// the request matches: that of the ServeMux that calls the handler, or that
	// the handler is. A request without one goes by its method.
	Route func(*http.Request) string
}

// Requests returns a handler that calls next and labels the goroutines that
// work for a request. So goroutines that outlive it are known: the page of
// [Handler], the report of a [Dumper] and package leakprom say how many
// goroutines a request of each route leaves behind, and where they wait.
//
//	http.ListenAndServe(addr, leakhttp.Requests(mux, nil))
//
// A goroutine counts when no request that began in the same ten seconds is in
// flight any more. A request that streams, or whose connection was hijacked,
// is in flight until its handler returns. Connections that a client of the
// standard library keeps for later requests do not count.
//
// The labels of runtime/pprof are leakcheck.route and leakcheck.since. A
// goroutine inherits them from the goroutine that starts it; all profiles and
// dumps show them. Requests keeps the labels of the request's context. A handler
// that sets the labels of its goroutine from another context than the request's
// removes them.
//
// It costs a request one allocation and less than half a microsecond of processor
// time, even if nobody reads the page. Around a ServeMux the pattern is looked
// for twice, and a pattern with wildcards costs allocations each time;
// BenchmarkRequests measures that. A nil opts is the zero RequestOptions.
func Requests(next http.Handler, opts *RequestOptions) http.Handler {
	h := &requestsHandler{next: next}
	if opts != nil {
		h.route = opts.Route
	}
	h.mux, _ = next.(patterns)
	return h
}

// patterns is a handler that knows before it handles a request which pattern
// that matches, as an http.ServeMux does.
type patterns interface {
	Handler(*http.Request) (h http.Handler, pattern string)
}

type requestsHandler struct {
	next  http.Handler
	route func(*http.Request) string
	mux   patterns
}

func (h *requestsHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// One allocation for the request and its context. The copy that WithContext
	// makes is inlined and stays on the stack.
	var at struct {
		request http.Request
		work    requests.Work
	}
	at.work.Begin(r.Context(), h.name(r))
	defer at.work.End()
	at.request = *r.WithContext(&at.work)
	h.next.ServeHTTP(w, &at.request)
	r.Pattern = at.request.Pattern // for those around this handler, as if it were not there
}

// name is the route of a request.
func (h *requestsHandler) name(r *http.Request) string {
	if h.route != nil {
		return h.route(r)
	}
	pattern := r.Pattern
	if h.mux != nil {
		_, pattern = h.mux.Handler(r)
	}
	switch {
	case pattern != "":
		return pattern
	case len(r.Method) > maxMethod:
		return requests.Other // clients can make up methods
	}
	return r.Method
}

// maxMethod is the length of the longest usual method.
const maxMethod = len("PROPPATCH")
