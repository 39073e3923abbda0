package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/wait"
)

// pprofPath is where net/http/pprof registers its handlers.
const pprofPath = "/debug/pprof/"

// IsURL reports whether name is the URL of a service and not a file.
func IsURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// hostPort is an address as people type it: localhost:6060, :6060/debug/pprof.
var hostPort = regexp.MustCompile(`^([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}(/.*)?$`)

// guessURL returns the URL of a service that name is likely to mean, or "".
// There is no such file.
func guessURL(name string) string {
	switch {
	case !hostPort.MatchString(name):
		return ""
	case strings.HasPrefix(name, ":"):
		return "http://localhost" + name
	}
	return "http://" + name
}

// ServiceURL returns the URL of the service that name means, which may be an
// address as people type it. It does not ask whether anyone is there.
func ServiceURL(name string) (string, error) {
	if !IsURL(name) {
		guess := guessURL(name)
		if guess == "" {
			return "", fmt.Errorf("%s: not the URL of a service, such as http://localhost:6060", name)
		}
		name = guess
	}
	if _, err := parseTarget(name); err != nil {
		return "", err
	}
	return name, nil
}

// target is what a URL of a service stands for.
type target struct {
	url   *url.URL
	index bool // all that net/http/pprof offers there
}

func parseTarget(name string) (target, error) {
	u, err := url.Parse(name)
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return target{}, fmt.Errorf("%s: not a URL: %w", redact(name), err)
	}
	if u.Host == "" {
		return target{}, fmt.Errorf("%s: a URL without a host", redact(name))
	}
	u.Fragment = ""
	switch {
	case u.Path == "" || u.Path == "/":
		u.Path = pprofPath
	case strings.HasSuffix(u.Path+"/", pprofPath):
		u.Path += "/"
	}
	return target{u, strings.HasSuffix(u.Path, pprofPath)}, nil
}

// redact leaves out the password of a URL that could not be parsed.
func redact(name string) string {
	if i, at := strings.Index(name, "://"), strings.LastIndexByte(name, '@'); i > 0 && at > i {
		return name[:i+3] + "xxxxx" + name[at:]
	}
	return name
}

// profile returns the URL of one of the profiles that t offers; full asks for that
// of goroutines as text.
func (t target) profile(name string, full bool) *url.URL {
	u := *t.url
	if t.index {
		u.Path += name
	}
	q := u.Query()
	if full && strings.HasSuffix(u.Path, "/goroutine") {
		q.Set("debug", "2")
	}
	u.RawQuery = q.Encode()
	return &u
}

// openURL asks a service for its goroutines.
func (l *Loader) openURL(ctx context.Context, name string) (*Input, error) {
	t, err := parseTarget(name)
	if err != nil {
		return nil, err
	}
	timeout := cmp.Or(l.Timeout, DefaultTimeout)
	ctx, stop := context.WithTimeout(ctx, timeout)
	c := &client{l: l, ctx: ctx, timeout: timeout, http: l.httpClient()}
	cancel := func() { stop(); c.http.CloseIdleConnections() }
	var found wait.Proven
	offered := false
	if t.index && !l.NoProof {
		if found, offered, err = c.leaks(t); err != nil {
			cancel()
			return nil, err
		}
	}
	in, err := c.open(t.profile("goroutine", l.Full))
	if err != nil {
		cancel()
		return nil, err
	}
	closeBody := in.close
	in.close = func() error { stop(); err := closeBody(); cancel(); return err }
	if !l.Full { // text says itself what is leaked
		in.leaked = found
	}
	in.Leaks = offered
	return in, nil
}

// client makes the requests of one Open.
type client struct {
	l       *Loader
	ctx     context.Context
	timeout time.Duration
	http    *http.Client
}

// maxRedirects is how often a service may send a request elsewhere.
const maxRedirects = 5

func (l *Loader) httpClient() *http.Client {
	transport := l.Transport
	if transport == nil {
		// Not DisableKeepAlives: it sends "Connection: close", by which the page of
		// leakhttp knows a proxy. The connections are closed with the Input.
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			IdleConnTimeout:        time.Second,
			ForceAttemptHTTP2:      true,
		}
	}
	return &http.Client{Transport: transport, CheckRedirect: KeepHeader(l.Header)}
}

// KeepHeader is a CheckRedirect for a [http.Client] whose requests have header,
// which may hold a credential: it is not sent to another host, port or scheme
// than it was meant for. (The client itself takes out Authorization and Cookie
// where the domain is another, and nothing else.)
func KeepHeader(header http.Header) func(r *http.Request, via []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		from := via[0].URL
		if from.Host == r.URL.Host && (from.Scheme == r.URL.Scheme || r.URL.Scheme == "https") {
			return nil
		}
		for key := range header {
			r.Header.Del(key)
		}
		for _, key := range []string{"Authorization", "Cookie"} { // of the URL, where that names a user
			r.Header.Del(key)
		}
		return nil
	}
}

// leaks reads the leak profile, if there is one. Services that answer every
// request with the same page have none.
func (c *client) leaks(t target) (wait.Proven, bool, error) {
	in, err := c.open(t.profile("goroutineleak", false))
	if se := (*StatusError)(nil); errors.As(err, &se) {
		return nil, false, nil // if more is wrong with the service, the next request shows it
	}
	if err != nil {
		return nil, false, err
	}
	defer in.Close()
	found := wait.Proven{}
	for in.Scan() {
		if in.Record().Goroutine.Leaked {
			found.Add(in.Record().Goroutine, in.Record().Count)
		}
	}
	if c.ctx.Err() != nil {
		return nil, false, in.Err()
	}
	return found, in.Err() == nil && in.Profile() == "goroutineleak", nil
}

// open makes a request and returns the answer as an Input.
func (c *client) open(u *url.URL) (*Input, error) {
	name := u.Redacted()
	req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for key, values := range c.l.Header {
		req.Header[key] = values
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.error(name, "no answer", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, newStatusError(name, resp)
	}
	most := cmp.Or(c.l.MaxBody, DefaultMaxBody)
	body := &body{r: resp.Body, left: most, most: most,
		wrap: func(err error) error { return c.cause("the answer does not end", err) }}
	return c.l.stream(name, body, resp.Body.Close), nil
}

func (c *client) error(name, what string, err error) error {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	return fmt.Errorf("%s: %w", name, c.cause(what, err))
}

// cause says in plain words that time was up.
func (c *client) cause(what string, err error) error {
	switch {
	case errors.Is(c.ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s within %s", what, c.timeout)
	case errors.Is(c.ctx.Err(), context.Canceled):
		return context.Canceled
	}
	return err
}

// body is an answer, up to a bound.
type body struct {
	r          io.Reader
	left, most int64
	wrap       func(error) error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer has more than %s", size(b.most))
	}
	if err != nil && err != io.EOF {
		err = b.wrap(err)
	}
	return n, err
}

// StatusError is the answer of a service that refuses a request.
type StatusError struct {
	URL  string // without its password
	Code int    // of HTTP
	Text string // what the service says to it; "" where that is not one line of plain text
}

func newStatusError(name string, resp *http.Response) *StatusError {
	e := &StatusError{URL: name, Code: resp.StatusCode}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/plain" {
		const most = 200
		text, _ := io.ReadAll(io.LimitReader(resp.Body, most+1))
		if line := strings.TrimSpace(string(text)); len(line) <= most && !strings.ContainsAny(line, "\n\r") {
			e.Text = line
		}
	}
	return e
}

// Error says what the code means here and what to do.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s: %d %s", e.URL, e.Code, http.StatusText(e.Code))
	if e.Text != "" && !strings.EqualFold(strings.TrimPrefix(e.Text, strconv.Itoa(e.Code)+" "), http.StatusText(e.Code)) {
		s += fmt.Sprintf(" (%q)", e.Text)
	}
	switch e.Code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		s += "; the service wants to know who asks: http://user:password@host, or -header"
	case http.StatusNotFound:
		s += "; is net/http/pprof registered there?"
	}
	return s
}
