package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const sharedText = `package shop

import (
	"net/http/httptest"
	"sync"

	"example.com/bus/v2"
	ws "example.org/x/socket"
)

var (
	once   sync.Once
	srv    *httptest.Server
	pool   *Pool
	ready  bool
	broker = sync.OnceValue(func() *bus.Bus { return bus.New() })
	errNil = errors.New("nil")
	mailer = newMailer()
)

// A client of a test.
type Client struct{ start sync.Once }

func New() *Client { return &Client{} }

func (c *Client) get() {
	c.start.Do(func() {
		go c.refresh() // object
	})
}

// One mailer is in a variable, by way of what newMailer returns and of its fields.
type (
	Mailer struct{ Queue *queue }
	queue  struct{ once sync.Once }
)

func newMailer() *Mailer { return nil }

func (q *queue) put() {
	q.once.Do(func() {
		go q.send() // held
	})
}

func mock(m *Mock) {
	m.EXPECT().Call().Do(func() {
		go answer() // mock
	})
}

func local() {
	var first sync.Once
	first.Do(func() {
		go work() // local
	})
}

func server() { once.Do(func() { srv = httptest.NewServer(nil) }) }

func workers() { once.Do(startWorkers) }

func startWorkers() {
	go work() // once
}

func lazy() {
	if pool == nil {
		pool = newPool()
	}
}

func newPool() *Pool {
	p := &Pool{}
	go p.run() // lazy
	return p
}

func TestA(t *testing.T) {
	ws.Dial()
	go leak() // own
	if ready {
		go leak() // condition
	}
}
`

// What one test starts for all is known by the code around the start.
func TestShared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "shop_test.go")
	require.NoError(t, os.WriteFile(file, []byte(sharedText), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.go"), []byte("package shop\nfunc {"), 0o666))
	tree := &source.Tree{Module: "shop", Dir: dir, Root: dir, GoRoot: "/go/src/"}
	lineOf := func(mark string) int {
		before, _, ok := strings.Cut(sharedText, " // "+mark+"\n")
		require.True(t, ok, mark)
		return strings.Count(before, "\n") + 1
	}
	for _, tt := range []struct {
		creator, file string
		line          int
		want          bool
		reason        string
	}{
		{"net/http/httptest.(*Server).goServe", "/go/src/net/http/httptest/server.go", 310, true, "a Once starts a server of that package"},
		{"net/http.(*Server).Serve", "/go/src/net/http/server.go", 3454, true, "the package below serves its connections"},
		{"shop.startWorkers", file, lineOf("once"), true, "a Once is given the function with the go statement"},
		{"shop.newPool", file, lineOf("lazy"), true, "it is called where a variable is not set yet"},
		{"shop.(*Client).get.func1", file, lineOf("object"), false, "no variable can hold the Once of a client"},
		{"shop.(*queue).put.func1", file, lineOf("held"), true, "a variable holds the mailer that the Once is part of"},
		{"shop.mock.func1", file, lineOf("mock"), false, "the Do of a mock is no Once"},
		{"shop.local.func1", file, lineOf("local"), false, "each call has its own Once"},
		{"example.com/bus/v2/internal/loop.run", "/m/bus/loop.go", 7, true, "a OnceValue makes something of that module"},
		{"example.org/x/socket.Dial", "/m/socket/dial.go", 7, false, "a test calls that package itself"},
		{"shop.TestA", file, lineOf("own"), false, "the test has the go statement"},
		{"shop.TestA", file, lineOf("condition"), false, "a condition alone sets nothing"},
		{"os/exec.(*Cmd).Start", "/go/src/os/exec/exec.go", 1, false, "nothing that is shared calls that package"},
	} {
		g := &stackparse.Goroutine{Creator: &stackparse.Creator{Func: tt.creator, File: tt.file, Line: tt.line}}
		for range 2 { // what was found is kept
			assert.Equal(t, tt.want, tree.Shared(g), "%s: %s", tt.creator, tt.reason)
		}
	}
	assert.False(t, tree.Shared(&stackparse.Goroutine{}), "nothing started it")
}

// A Once that calls another package of the module makes nothing shared that its own
// package starts.
func TestSharedOfSamePackage(t *testing.T) {
	t.Parallel()
	const text = `package quic

import "example.com/x/quic/internal/log"

var once sync.Once

func warn() { once.Do(func() { log.Print("small buffer") }) }

func probe() {
	go wait()
}
`
	dir := t.TempDir()
	file := filepath.Join(dir, "quic.go")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
	tree := &source.Tree{Module: "example.com/x/quic", Dir: dir, Root: dir}
	shared := func(creator, file string) bool {
		return tree.Shared(&stackparse.Goroutine{Creator: &stackparse.Creator{Func: creator, File: file, Line: 10}})
	}
	assert.False(t, shared("example.com/x/quic.probe", file))
	assert.True(t, shared("example.com/x/quic/internal/log.Print", filepath.Join(dir, "internal/log/log.go")))
}
