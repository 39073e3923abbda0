package leakhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// Handler returns a handler that shows what the goroutines of this process do.
// It answers GET, HEAD and POST at whatever path it is mounted; the package
// comment lists the parameters. A nil opts is the zero Options; later changes
// of opts have no effect.
//
// A request that is not authorized gets status 403. A request for the full text of too
// many goroutines, or for a proof that is not available, gets 409 and the reason.
func Handler(opts *Options) http.Handler {
	if opts == nil {
		opts = &Options{}
	}
	h := &handler{authorize: opts.Authorize, surveyor: opts.surveyor()}
	h.surveyor.Follow()
	return h
}

type handler struct {
	authorize func(*http.Request) bool
	surveyor  *live.Surveyor
}

// maxWait bounds the time that a request waits for the look of another one.
const maxWait = 10 * time.Second

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// First, so that refusals and errors have these headers as well.
	protect(w.Header())
	if why := h.refuse(r); why != "" {
		http.Error(w, "leakhttp: request refused: "+why, http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "leakhttp: method not allowed; use GET, HEAD or POST", http.StatusMethodNotAllowed)
		return
	}
	want, err := parseRequest(r)
	if err != nil {
		http.Error(w, "leakhttp: "+err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxWait)
	defer cancel()
	v, err := h.look(ctx, want)
	switch {
	case err != nil:
		fail(w, err)
	case r.Method == http.MethodPost && want.format == "html":
		// So that a reload of the page does it no second time. The address is
		// relative, since the path as it was before the mux is not known here.
		w.Header().Set("Location", "?"+want.again().Encode())
		w.WriteHeader(http.StatusSeeOther)
	default:
		// A look may be a second old, as several requests share one.
		w.Header().Set("Age", strconv.Itoa(int(time.Since(v.Taken)/time.Second)))
		formats[want.format](w, v, want)
	}
}

// look does what is asked for.
func (h *handler) look(ctx context.Context, want request) (*live.Survey, error) {
	switch want.normal {
	case keepNormal:
		return h.surveyor.KeepNormal(ctx)
	case forgetNormal:
		return h.surveyor.ForgetNormal(ctx)
	}
	return h.surveyor.Look(ctx, want.ask)
}

// refuse says why a request is not answered, or "".
func (h *handler) refuse(r *http.Request) string {
	switch {
	// First, whatever authorize says: a browser sends its user's cookies from any site.
	case crossSite(r):
		return fromElsewhere
	case h.authorize == nil:
		return whyNotLocal(r)
	case !h.authorize(r):
		return "not authorized"
	}
	return ""
}

// protect sets what holds for every answer. The page sets its own policy.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Vary", "Accept")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
}

func fail(w http.ResponseWriter, err error) {
	refused, ok := errors.AsType[*live.RefusedError](err)
	switch {
	case ok && refused.Force:
		http.Error(w, "leakhttp: "+err.Error()+"; add force=1 to read it in any case", http.StatusConflict)
	case ok:
		http.Error(w, "leakhttp: "+err.Error(), http.StatusConflict)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "leakhttp: another request is still being answered; try again", http.StatusServiceUnavailable)
	default:
		http.Error(w, "leakhttp: "+err.Error(), http.StatusInternalServerError)
	}
}

// request is what is asked for.
type request struct {
	ask     live.Ask
	format  string // a key of formats
	verbose bool
	normal  string // keepNormal, forgetNormal, or "" for neither
}

// The values of the parameter normal.
const (
	keepNormal   = "1"
	forgetNormal = "0"
)

func parseRequest(r *http.Request) (request, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return request{}, fmt.Errorf("the query cannot be read: %w", err)
	}
	want := request{format: q.Get("format")}
	if want.format == "" {
		want.format = accepted(r.Header.Get("Accept"))
	}
	if formats[want.format] == nil {
		return request{}, fmt.Errorf("format %q: want html, text, json, jsonl, pprof or dump", want.format)
	}
	for name, to := range want.flags() {
		if *to, err = flag(q, name); err != nil {
			return request{}, err
		}
	}
	want.ask.Full = want.ask.Full || want.format == "dump"
	want.normal = q.Get("normal")
	switch post := r.Method == http.MethodPost; {
	case !q.Has("normal"):
		want.ask.Proof = post
	case want.normal != keepNormal && want.normal != forgetNormal:
		return request{}, fmt.Errorf("normal=%q: want 1 or 0", want.normal)
	case !post:
		return request{}, errors.New("normal needs a POST request: it changes what later answers show")
	}
	return want, nil
}

// flags are the parameters that are there or not.
func (r *request) flags() map[string]*bool {
	return map[string]*bool{"full": &r.ask.Full, "force": &r.ask.Force, "heap": &r.ask.Heap, "verbose": &r.verbose}
}

// flag reads a parameter that is there or not: "?full" and "?full=1", not
// "?full=0".
func flag(q url.Values, name string) (bool, error) {
	value := q.Get(name)
	if value == "" {
		return q.Has(name), nil
	}
	b, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%s=%q: want 1 or 0", name, value)
	}
	return b, nil
}

// again is the query of a page like the one asked for.
func (r *request) again() url.Values {
	q := url.Values{}
	for name, on := range r.flags() {
		if *on && name != "verbose" { // a page is
			q.Set(name, "1")
		}
	}
	return q
}
