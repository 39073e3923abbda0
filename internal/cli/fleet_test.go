package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// asked is what services were asked with, by service.
type asked struct {
	sync.Mutex
	headers map[string][]http.Header
}

// serve starts a service that keeps the headers of its requests.
func (a *asked) serve(t *testing.T, name string, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Lock()
		a.headers[name] = append(a.headers[name], r.Header.Clone())
		a.Unlock()
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// has reports whether each request to a service had a header.
func (a *asked) has(name, header string) (each, any bool) {
	a.Lock()
	defer a.Unlock()
	each = len(a.headers[name]) > 0
	for _, h := range a.headers[name] {
		each = each && h.Get(header) != ""
		any = any || h.Get(header) != ""
	}
	return each, any
}

// runFleet runs the command and returns its exit code and what it printed.
func runFleet(args ...string) (code int, output string) {
	var out bytes.Buffer
	code = Run(append([]string{"fleet"}, args...), strings.NewReader(""), &out, &out)
	return code, out.String()
}

// A credential goes to the party that it was given for: Prometheus' not to the
// instances, whose addresses come from labels, theirs not to Prometheus, and none
// to a host that either of them names in a redirect.
func TestFleetHeaders(t *testing.T) {
	t.Parallel()
	a := &asked{headers: map[string][]http.Header{}}
	elsewhere := a.serve(t, "elsewhere", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "query") {
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
			return
		}
		pprof.Index(w, r)
	})
	instance := a.serve(t, "instance", pprof.Index)
	moved := a.serve(t, "moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
	})
	host := func(s string) string { u, _ := url.Parse(s); return u.Host }
	prometheus := a.serve(t, "prometheus", func(w http.ResponseWriter, r *http.Request) {
		result := ""
		switch query := r.FormValue("query"); {
		case strings.HasPrefix(query, "count"):
			result = `{"metric":{},"value":[1,"2"]}`
		case strings.Contains(query, "min_over_time"):
			result = fmt.Sprintf(`{"metric":{"job":"a","instance":%q},"value":[1,"150"]},{"metric":{"job":"a","instance":%q},"value":[1,"150"]}`, host(instance), host(moved))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result)
	})
	code, out := runFleet("-prometheus", prometheus, "-prometheus-header", "X-Prom: secret", "-instance-header", "X-Inst: secret")
	assert.Equal(t, 1, code, out)
	for _, tt := range []struct {
		service, header string
		want            bool
	}{
		{"prometheus", "X-Prom", true},
		{"prometheus", "X-Inst", false},
		{"instance", "X-Prom", false},
		{"instance", "X-Inst", true},
		{"moved", "X-Prom", false},
		{"moved", "X-Inst", true},
		{"elsewhere", "X-Prom", false},
		{"elsewhere", "X-Inst", false},
	} {
		each, any := a.has(tt.service, tt.header)
		assert.Equal(t, tt.want, any, "%s gets %s", tt.service, tt.header)
		assert.Equal(t, tt.want, each, "%s gets %s each time", tt.service, tt.header)
	}
	assert.NotEmpty(t, a.headers["elsewhere"], "the redirect is followed")

	a.headers["elsewhere"] = nil
	code, out = runFleet("-prometheus", moved, "-prometheus-header", "X-Prom: secret")
	assert.NotEmpty(t, a.headers["elsewhere"], "the redirect of Prometheus is followed: %d %s", code, out)
	_, any := a.has("elsewhere", "X-Prom")
	assert.False(t, any, "without its header")

	code, out = runFleet("-prometheus", prometheus, "-header", "X-Prom: secret")
	assert.Equal(t, 2, code)
	assert.Contains(t, out, "-prometheus-header or -instance-header", "a header for both would give one's credential to the other")
}
