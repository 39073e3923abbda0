package corpus

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hello %s", r.URL.Path) }

// serve starts a server that the test's cleanup closes.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// get returns the body of url, and closes it.
func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// One connection serves many requests and stays open after the last.
func TestHTTPKeepAlive(t *testing.T) {
	leakcheck.Verify(t)
	srv := serve(t, hello)
	reused := 0
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if i.Reused {
			reused++
		}
	}}
	for n := range 5 {
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", fmt.Sprint(srv.URL, "/", n), nil)
		require.NoError(t, err)
		resp, err := srv.Client().Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, fmt.Sprint("hello /", n), string(body))
	}
	assert.Positive(t, reused, "a request may find that the last one is not done with the connection, not all of them")
}

func TestHTTPS(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	assert.Equal(t, "hello /a", get(t, srv.Client(), srv.URL+"/a"))
	plain := &http.Client{Transport: &http.Transport{}}
	_, err := plain.Get(srv.URL)
	assert.ErrorContains(t, err, "certificate", "a handshake that fails")
}

// Streams of one connection at the same time.
func TestHTTP2(t *testing.T) {
	leakcheck.Verify(t)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			resp, err := srv.Client().Get(fmt.Sprint(srv.URL, "/", n))
			if !assert.NoError(t, err) {
				return
			}
			defer resp.Body.Close()
			assert.Equal(t, 2, resp.ProtoMajor)
			body, err := io.ReadAll(resp.Body)
			assert.NoError(t, err)
			assert.Equal(t, fmt.Sprint("hello /", n), string(body))
		})
	}
	wg.Wait()
}

// What a websocket does: the handler takes the connection over, and a reader
// and a writer of its own serve it.
func TestHijack(t *testing.T) {
	leakcheck.Verify(t)
	var served sync.WaitGroup
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
		rw.Flush()
		lines := make(chan string)
		served.Go(func() {
			defer close(lines)
			for in := bufio.NewScanner(rw); in.Scan(); {
				lines <- in.Text()
			}
		})
		served.Go(func() {
			defer conn.Close()
			for line := range lines {
				fmt.Fprintln(conn, "echo", line)
			}
		})
	})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusSwitchingProtocols, resp.StatusCode)
	for n := range 3 {
		fmt.Fprintln(conn, n)
		line, err := in.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("echo %d\n", n), line)
	}
	require.NoError(t, conn.Close())
	served.Wait()
}

// The client reads a part of an endless body and closes it.
func TestStreamingBody(t *testing.T) {
	leakcheck.Verify(t)
	stopped := make(chan error, 1)
	srv := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		out := http.NewResponseController(w)
		for n := 0; ; n++ {
			if _, err := fmt.Fprintln(w, "line", n); err != nil {
				stopped <- err
				return
			}
			if err := out.Flush(); err != nil {
				stopped <- err
				return
			}
		}
	})
	resp, err := srv.Client().Get(srv.URL)
	require.NoError(t, err)
	in := bufio.NewScanner(resp.Body)
	for n := range 10 {
		require.True(t, in.Scan())
		assert.Equal(t, fmt.Sprint("line ", n), in.Text())
	}
	require.NoError(t, resp.Body.Close())
	assert.Error(t, <-stopped, "the server learns that nobody reads")
}

// The client goes away by its context; the handler sees its own end.
func TestEventStream(t *testing.T) {
	leakcheck.Verify(t)
	gone := make(chan struct{})
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		w.Header().Set("Content-Type", "text/event-stream")
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprint(w, "data: tick\n\n")
				http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	require.NoError(t, err)
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	in := bufio.NewScanner(resp.Body)
	require.True(t, in.Scan())
	assert.Equal(t, "data: tick", in.Text())
	cancel()
	for in.Scan() {
	}
	assert.ErrorIs(t, in.Err(), context.Canceled)
	resp.Body.Close()
	<-gone
}

// Shutdown lets the request that runs come to its end.
func TestShutdownWhileBusy(t *testing.T) {
	leakcheck.Verify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	busy, finish := make(chan struct{}), make(chan struct{})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(busy)
		<-finish
		fmt.Fprint(w, "done")
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{}}
	body := make(chan string, 1)
	go func() {
		resp, err := client.Get("http://" + l.Addr().String())
		if !assert.NoError(t, err) {
			close(body)
			return
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		body <- string(text)
	}()
	<-busy
	down := make(chan error, 1)
	go func() { down <- srv.Shutdown(context.Background()) }()
	assert.ErrorIs(t, <-served, http.ErrServerClosed)
	close(finish)
	assert.Equal(t, "done", <-body)
	assert.NoError(t, <-down)
}

// The handler's goroutine outlives the response that http.TimeoutHandler gave
// in its place, and the test by some hundred milliseconds.
func TestTimeoutHandler(t *testing.T) {
	leakcheck.Verify(t)
	slow := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(300 * time.Millisecond) })
	w := httptest.NewRecorder()
	http.TimeoutHandler(slow, time.Millisecond, "too slow").ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "too slow", w.Body.String())
}

func TestReverseProxy(t *testing.T) {
	leakcheck.Verify(t)
	backend := serve(t, hello)
	target, err := url.Parse(backend.URL)
	require.NoError(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
	})
	t.Cleanup(proxy.Close)
	for _, path := range []string{"/a", "/b"} {
		assert.Equal(t, "hello "+path, get(t, proxy.Client(), proxy.URL+path))
	}
}

// The body is written by a goroutine while the client sends it; a server that
// refuses it early must not leave the writer stuck.
func TestUploadThroughPipe(t *testing.T) {
	leakcheck.Verify(t)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		file, header, err := r.FormFile("doc")
		if !assert.NoError(t, err) {
			return
		}
		n, err := io.Copy(io.Discard, file)
		assert.NoError(t, err)
		fmt.Fprint(w, header.Filename, " ", n)
	})
	upload := func(path string) (status int, answer string) {
		r, w := io.Pipe()
		form := multipart.NewWriter(w)
		go func() {
			part, err := form.CreateFormFile("doc", "doc.txt")
			if err == nil {
				_, err = io.Copy(part, strings.NewReader(strings.Repeat("x", 1<<20)))
			}
			if err == nil {
				err = form.Close()
			}
			w.CloseWithError(err)
		}()
		resp, err := srv.Client().Post(srv.URL+path, form.FormDataContentType(), r)
		if err != nil { // the server closed while we were sending
			return http.StatusForbidden, ""
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	status, answer := upload("/")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, fmt.Sprint("doc.txt ", 1<<20), answer)
	status, _ = upload("/refuse")
	assert.Equal(t, http.StatusForbidden, status)
}
