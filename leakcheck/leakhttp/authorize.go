package leakhttp

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Loopback reports whether a request comes from the same machine, as far as
// the request shows:
//
//   - the connection is from a loopback address,
//   - it is addressed to localhost or a loopback address, at the port on which
//     the server listens, so that no other name was made to point here (DNS
//     rebinding) and nothing that listens elsewhere has passed it on,
//   - no proxy has passed it on: it is not of HTTP/1.0 and does not say
//     "Connection: close", as nginx sends to what is behind it, and has none of
//     the headers that proxies add (Forwarded, Via, X-Forwarded-*, X-Real-Ip and
//     the like), and
//   - no browser sent it on behalf of another web site.
//
// Clients of this machine that close the connection after one request are refused
// as well; curl and browsers do not do that.
//
// Some requests look local and are not. A proxy on the same machine that speaks
// HTTP/1.1, keeps its connections, adds no header and names this server as the host
// looks like the machine itself. So does a forwarder of TCP connections (socat, ssh
// -L, kubectl port-forward, a load balancer of layer 4 on the same host), since its
// clients may write any Host, and so does a service that fetches whatever address it
// is given. Behind one of these, set [Options.Authorize], or serve the handler on a
// port of its own that none of them knows. A request over a Unix socket has no
// address and is not answered.
func Loopback(r *http.Request) bool { return whyNotLocal(r) == "" }

// whyNotLocal says what speaks against a request being local, or "".
func whyNotLocal(r *http.Request) string {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	switch {
	case err != nil || !remote.Addr().Unmap().IsLoopback():
		return "it does not come from this machine"
	case proxied(r):
		return "it came through a proxy"
	case !loopbackHost(r.Host):
		return "its Host header does not name localhost"
	case !ownHost(r):
		return "its Host header names another port than this server's"
	case !sameOrigin(r.Header.Get("Sec-Fetch-Site")):
		return fromElsewhere
	}
	return ""
}

const fromElsewhere = "the page of another web site sent it"

// proxied reports whether a request is as proxies send it. A client that sends
// such a request itself is refused more, never less.
//
// The plainest nginx ("proxy_pass http://127.0.0.1:6060;") adds no header and
// names its upstream as the host: all that shows it is the version, and with
// proxy_http_version 1.1 that it closes the connection.
func proxied(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) || r.Close {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || proxyHeaders[name] {
			return true
		}
	}
	return false
}

// proxyHeaders are headers that say where a request came from, in canonical
// form.
var proxyHeaders = map[string]bool{
	"Forwarded":                true, // RFC 7239
	"Via":                      true, // RFC 9110, section 7.6.3
	"X-Real-Ip":                true, // nginx
	"X-Client-Ip":              true, // Apache, Azure
	"X-Cluster-Client-Ip":      true, // Rackspace, Riverbed
	"X-Original-Host":          true, // Azure Application Gateway
	"X-Original-Forwarded-For": true, // ingress-nginx
	"X-Envoy-External-Address": true, // Envoy
	"True-Client-Ip":           true, // Akamai, Cloudflare
	"Cf-Connecting-Ip":         true, // Cloudflare
	"Fastly-Client-Ip":         true, // Fastly
	"Fly-Client-Ip":            true, // Fly.io
	"X-Appengine-User-Ip":      true, // Google App Engine
}

// loopbackHost reports whether host, as the header Host has it, is this machine
// by a name that nobody else can give an address to.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}

// ownHost reports whether r is addressed to the address and port at which this
// server received it. Where the server does not say which those are, as in a
// test, nothing speaks against it.
func ownHost(r *http.Request) bool {
	addr, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if addr == nil {
		return true
	}
	local, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil { // no port: that of the scheme
		host, port = strings.Trim(r.Host, "[]"), "80"
		if r.TLS != nil {
			port = "443"
		}
	}
	if port != strconv.Itoa(int(local.Port())) {
		return false
	}
	named, err := netip.ParseAddr(host)
	return err != nil || named.Unmap() == local.Addr().Unmap() // localhost may be any loopback address
}

// sameOrigin reports whether the value of Sec-Fetch-Site is that of a request
// that our own page makes, or a person by typing the address. Programs, and
// browsers on a connection that they do not trust, send none.
func sameOrigin(site string) bool { return site == "" || site == "same-origin" || site == "none" }

// crossSite reports whether a request shows that another web site made the browser
// send it. A person who follows a link from there, as from an alert, is let through
// where that changes nothing: the other site sees nothing of the page.
func crossSite(r *http.Request) bool {
	if new(http.CrossOriginProtection).Check(r) != nil {
		return true
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	followed := r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	if !sameOrigin(site) && !followed {
		return true
	}
	if site != "" || origin == "" {
		return false
	}
	// As old browsers send it, and all on a connection that they do not trust.
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}
