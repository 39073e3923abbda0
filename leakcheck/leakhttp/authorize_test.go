package leakhttp_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// request is one from this machine, with headers "Name: value" added. The name
// Host sets the host, Remote the address that it comes from, Local the one at
// which the server has received it, and Proto the version of HTTP.
func request(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://localhost:6060/debug/leaks", nil)
	r.RemoteAddr = "127.0.0.1:40000"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		switch name {
		case "Host":
			r.Host = value
		case "Remote":
			r.RemoteAddr = value
		case "Proto":
			r.Proto = value
			r.ProtoMajor, r.ProtoMinor, _ = http.ParseHTTPVersion(value)
		case "Local":
			addr := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(value))
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr))
		case "Connection":
			r.Close = value == "close" // as the server reads it
		default:
			r.Header.Set(name, value)
		}
	}
	return r
}

// Nothing is served to who is not let in.
func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	h := leakhttp.Handler(nil)
	for _, tt := range []struct {
		headers []string
		why     string // "" for let in
		reason  string
	}{
		{nil, "", "curl on this machine"},
		{[]string{"Host: 127.0.0.1:6060"}, "", "by address"},
		{[]string{"Host: 127.1.2.3"}, "", "all of 127/8 is loopback"},
		{[]string{"Host: [::1]:6060", "Remote: [::1]:40000"}, "", "IPv6"},
		{[]string{"Host: [::1]", "Remote: [::ffff:127.0.0.1]:40000"}, "", "IPv4 in IPv6"},
		{[]string{"Host: LocalHost."}, "", "names have no case, and may end in a dot"},
		{[]string{"Local: 127.0.0.1:6060"}, "", "the server's own port"},
		{[]string{"Local: 127.0.0.1:80", "Host: localhost"}, "", "the scheme's port needs no mention"},
		{[]string{"Local: [::1]:6060", "Host: [::1]:6060"}, "", "the server's own address"},
		{[]string{"Local: [::ffff:127.0.0.1]:6060", "Host: 127.0.0.1:6060"}, "", "a server of both families"},
		{[]string{"Proto: HTTP/2.0"}, "", "a browser over TLS"},
		{[]string{"Sec-Fetch-Site: none"}, "", "typed into a browser"},
		{[]string{"Sec-Fetch-Site: same-origin", "Origin: http://localhost:6060"}, "", "from our page"},

		{[]string{"Remote: 192.0.2.1:40000"}, "not come from this machine", "another machine"},
		{[]string{"Remote: [2001:db8::1]:40000"}, "not come from this machine", "another machine, IPv6"},
		{[]string{"Remote: 10.0.0.1:40000"}, "not come from this machine", "private is not local"},
		{[]string{"Remote: 0.0.0.0:1"}, "not come from this machine", "no address at all"},
		{[]string{"Remote: @"}, "not come from this machine", "a Unix socket"},
		{[]string{"Remote: "}, "not come from this machine", "unknown"},
		{[]string{"Remote: 127.0.0.1"}, "not come from this machine", "not what net/http writes"},

		{[]string{"X-Forwarded-For: 127.0.0.1"}, "a proxy", "the proxy is local, who asks it is not"},
		{[]string{"x-forwarded-host: localhost"}, "a proxy", "whatever the case"},
		{[]string{"X-Forwarded-Proto: https"}, "a proxy", ""},
		{[]string{"Forwarded: for=127.0.0.1"}, "a proxy", "RFC 7239"},
		{[]string{"X-Real-IP: 127.0.0.1"}, "a proxy", "nginx"},
		{[]string{"Via: 1.1 proxy"}, "a proxy", "RFC 9110"},
		{[]string{"CF-Connecting-IP: 127.0.0.1"}, "a proxy", "Cloudflare"},
		{[]string{"True-Client-IP: 127.0.0.1"}, "a proxy", "Akamai"},
		{[]string{"X-Forwarded-For: "}, "a proxy", "empty is there as well"},

		{[]string{"Proto: HTTP/1.0"}, "a proxy", "the plainest nginx, before 1.29.7"},
		{[]string{"Proto: HTTP/1.0", "Host: 127.0.0.1:6060", "Local: 127.0.0.1:6060"}, "a proxy", "which names its upstream as the host"},
		{[]string{"Proto: HTTP/1.0", "Host: "}, "a proxy", "a health check of HAProxy"},
		{[]string{"Connection: close"}, "a proxy", "nginx with proxy_http_version 1.1"},
		{[]string{"Local: 127.0.0.1:8080"}, "another port", "a forwarder listens at the port that was meant"},
		{[]string{"Local: 127.0.0.1:8080", "Host: localhost"}, "another port", "a forwarder listens at port 80"},
		{[]string{"Local: 127.0.0.1:8080", "Host: localhost:"}, "another port", "no port after the colon"},
		{[]string{"Local: 127.0.0.1:6060", "Host: 127.0.0.2:6060"}, "another port", "a forwarder listens at another loopback address"},
		{[]string{"Local: [::1]:6060", "Host: 127.0.0.1:6060"}, "another port", "a forwarder changes IPv4 to IPv6"},

		{[]string{"Host: evil.example"}, "localhost", "a name made to point here (DNS rebinding)"},
		{[]string{"Host: evil.example:6060"}, "localhost", "with the right port"},
		{[]string{"Host: localhost.evil.example"}, "localhost", "begins like ours"},
		{[]string{"Host: 127.0.0.1.evil.example"}, "localhost", "begins like ours"},
		{[]string{"Host: 192.0.2.1"}, "localhost", "an address of this machine that others reach"},
		{[]string{"Host: 0.0.0.0:6060"}, "localhost", "reaches this machine from its browser"},
		{[]string{"Host: "}, "localhost", "HTTP/1.0"},

		{[]string{"Sec-Fetch-Site: cross-site"}, "web site", "an image or a script"},
		{[]string{"Sec-Fetch-Site: same-site"}, "web site", "another port of localhost is another site"},
		{[]string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, "web site", "a link from elsewhere"},
		{[]string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, "web site", "a frame"},
		{[]string{"Origin: http://evil.example"}, "web site", "an old browser's fetch"},
		{[]string{"Origin: null"}, "web site", "a sandboxed frame's"},
		{[]string{"Origin: http://localhost:6061"}, "web site", "another port of localhost"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, "BREW"} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request(method, tt.headers...))
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			if tt.why == "" {
				assert.NotEqual(t, http.StatusForbidden, w.Code, "%s %q: %s", method, tt.headers, tt.reason)
				assert.True(t, leakhttp.Loopback(request(method, tt.headers...)))
				continue
			}
			assert.Equal(t, http.StatusForbidden, w.Code, "%s %q: %s", method, tt.headers, tt.reason)
			assert.Contains(t, w.Body.String(), tt.why, "%s %q: %s", method, tt.headers, tt.reason)
			assert.NotContains(t, w.Body.String(), "goroutine ", "not a word about goroutines")
			assert.Less(t, w.Body.Len(), 200)
		}
	}
}

// Who is authorized otherwise comes from anywhere, but not through the browser
// of somebody who is.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	h := leakhttp.Handler(&leakhttp.Options{Authorize: func(r *http.Request) bool {
		return r.Header.Get("Authorization") == "Bearer letmein"
	}})
	const token = "Authorization: Bearer letmein"
	follow := []string{token, "Host: staging.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}
	for _, tt := range []struct {
		method  string
		headers []string
		code    int
		reason  string
	}{
		{"GET", nil, 403, "being local is not enough"},
		{"GET", []string{token, "Remote: 192.0.2.1:1", "Host: staging.example", "X-Forwarded-For: 192.0.2.7"}, 200, "from anywhere"},
		{"GET", follow, 200, "a link in an alert"},
		{"POST", follow, 403, "a form of another site"},
		{"GET", append(follow, "Sec-Fetch-Dest: iframe"), 403, "a frame of another site"},
		{"GET", []string{token, "Host: staging.example", "Sec-Fetch-Site: cross-site"}, 403, "an image of another site"},
		{"POST", []string{token, "Host: staging.example", "Origin: http://evil.example"}, 403, "a form of another site, in an old browser"},
		{"POST", []string{token, "Host: inner:80", "Origin: https://staging.example", "Sec-Fetch-Site: same-origin"}, 0, "our own form, behind a proxy that renames the host"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(tt.method, tt.headers...))
		if tt.code == 0 {
			assert.NotEqual(t, 403, w.Code, tt.reason)
			continue
		}
		assert.Equal(t, tt.code, w.Code, tt.reason)
	}
}
