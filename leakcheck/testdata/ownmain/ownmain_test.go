// Package ownmain has a TestMain as packages have that grew for years: flags,
// a server for all tests, things to take away in the end. The check was added
// to it later.
package ownmain

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

var (
	greeting = flag.String("greeting", "hello", "what the servers say")
	server   *httptest.Server
	http2    *httptest.Server
	dir      string
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if dir, err = os.MkdirTemp("", "ownmain"); err != nil {
		fmt.Println(err)
		return 3
	}
	defer os.RemoveAll(dir)
	greet := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, *greeting) })
	server = httptest.NewServer(greet)
	defer server.Close()
	http2 = httptest.NewUnstartedServer(greet)
	http2.EnableHTTP2 = true
	http2.StartTLS()
	defer http2.Close()
	stop := make(chan struct{})
	defer close(stop)
	go flush(stop)
	defer func() { fmt.Println("took away", filepath.Base(dir) != "") }()
	if os.Getenv("FIXTURE_FIND") == "" {
		return leakcheck.Run(m)
	}
	current := leakcheck.IgnoreCurrent()
	code := m.Run()
	if err := leakcheck.Find(current).Err(); err != nil && code == 0 {
		fmt.Println(err)
		return 4
	}
	return code
}

// flush stands for what a program does now and then.
func flush(stop chan struct{}) {
	for tick := time.Tick(10 * time.Millisecond); ; {
		select {
		case <-tick:
		case <-stop:
			return
		}
	}
}

func get(t *testing.T, s *httptest.Server) string {
	t.Helper()
	resp, err := s.Client().Get(s.URL)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// The server is used, and its connections stay for the next test.
func TestGet(t *testing.T) { assert.Equal(t, *greeting, get(t, server)) }

func TestGetVerified(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, *greeting, get(t, server))
}

// HTTP/2 keeps its connections as well.
func TestGetHTTP2(t *testing.T) {
	leakcheck.Verify(t)
	assert.Equal(t, *greeting, get(t, http2))
}

func TestFile(t *testing.T) {
	assert.NoError(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o600))
}

func TestLeak(t *testing.T) {
	assert.Equal(t, *greeting, get(t, server))
	ch := make(chan int)
	go func() { // go
		<-ch // wait
	}()
}

// The body of the response is not closed: two goroutines of net/http.
func TestBodyLeak(t *testing.T) {
	leakcheck.Verify(t)                                                       // verify: TestBodyLeak
	resp, err := (&http.Client{Transport: &http.Transport{}}).Get(server.URL) // body: get
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}
