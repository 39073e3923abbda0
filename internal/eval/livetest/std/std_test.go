// Package std checks the catalogue's entries for the standard library. Its
// tests look at all goroutines of the process, so none of them is parallel.
package std

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

// memory is a database driver whose every query has one empty result.
type memory struct{}

func (memory) Open(string) (driver.Conn, error)             { return memory{}, nil }
func (memory) Connect(context.Context) (driver.Conn, error) { return memory{}, nil }
func (memory) Driver() driver.Driver                        { return memory{} }
func (memory) Prepare(string) (driver.Stmt, error)          { return memory{}, nil }
func (memory) Close() error                                 { return nil }
func (memory) Begin() (driver.Tx, error)                    { return memory{}, nil }
func (memory) Commit() error                                { return nil }
func (memory) Rollback() error                              { return nil }
func (memory) NumInput() int                                { return 0 }
func (memory) Exec([]driver.Value) (driver.Result, error)   { return driver.ResultNoRows, nil }
func (memory) Query([]driver.Value) (driver.Rows, error)    { return memory{}, nil }
func (memory) Columns() []string                            { return nil }
func (memory) Next([]driver.Value) error                    { return io.EOF }

func TestDB(t *testing.T) {
	live.Check(t, "database-sql/db", func(t *testing.T) func() {
		db := sql.OpenDB(memory{})
		db.SetConnMaxLifetime(time.Hour)
		require.NoError(t, db.Ping())
		return func() { assert.NoError(t, db.Close()) }
	})
}

func TestTx(t *testing.T) {
	db := sql.OpenDB(memory{})
	defer db.Close()
	live.Check(t, "database-sql/tx", func(t *testing.T) func() {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		return func() { assert.NoError(t, tx.Rollback()) }
	})
}

func TestRows(t *testing.T) {
	db := sql.OpenDB(memory{})
	defer db.Close()
	live.Check(t, "database-sql/rows", func(t *testing.T) func() {
		rows, err := db.QueryContext(t.Context(), "query")
		require.NoError(t, err)
		return func() { assert.NoError(t, rows.Close()) }
	})
}

// get makes a request whose response's body is not closed yet.
func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	response, err := client.Get(url)
	require.NoError(t, err)
	return response
}

func hello(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }

func TestClientConn(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	live.Check(t, "net-http/client-conn", func(t *testing.T) func() {
		client := &http.Client{Transport: &http.Transport{}}
		response := get(t, client, server.URL)
		return func() {
			assert.NoError(t, response.Body.Close())
			client.CloseIdleConnections()
		}
	})
}

func TestHTTP2Client(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(hello))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	live.Check(t, "net-http/http2-client", func(t *testing.T) func() {
		response := get(t, server.Client(), server.URL)
		require.Equal(t, 2, response.ProtoMajor)
		return func() {
			assert.NoError(t, response.Body.Close())
			server.Client().CloseIdleConnections()
		}
	})
}

func TestServerIdle(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	live.Check(t, "net-http/server-idle", func(t *testing.T) func() {
		response := get(t, client, server.URL)
		_, err := io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return server.Close
	})
}

func TestHTTPTest(t *testing.T) {
	live.Check(t, "net-http/httptest", func(*testing.T) func() {
		return httptest.NewServer(http.HandlerFunc(hello)).Close
	})
}

// wrapped is a transport that package http does not know.
type wrapped struct{ http.RoundTripper }

func TestTimeout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(hello))
	defer server.Close()
	live.Check(t, "net-http/timeout", func(t *testing.T) func() {
		client := &http.Client{Transport: wrapped{&http.Transport{}}, Timeout: time.Hour}
		response := get(t, client, server.URL)
		return func() {
			assert.NoError(t, response.Body.Close())
			client.CloseIdleConnections()
		}
	})
}

func TestNotifyContext(t *testing.T) {
	live.Check(t, "os-signal/notify-context", func(t *testing.T) func() {
		_, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		return stop
	})
}

// TestCommand runs this test binary as a command that waits for its input.
func TestCommand(t *testing.T) {
	if os.Getenv("LIVETEST_WAIT") != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	live.Check(t, "os-exec/command", func(t *testing.T) func() {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCommand$")
		cmd.Env = append(os.Environ(), "LIVETEST_WAIT=1")
		cmd.Stdout = new(writer)
		stdin, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		return func() {
			assert.NoError(t, stdin.Close())
			assert.NoError(t, cmd.Wait())
		}
	})
}

// writer is no file, so that package exec copies to it.
type writer struct{}

func (*writer) Write(p []byte) (int, error) { return len(p), nil }

// custom is a context of another package's making.
type custom struct{ context.Context }

func (custom) Done() <-chan struct{} { return make(chan struct{}) }

func TestCustomParent(t *testing.T) {
	live.Check(t, "context/parent", func(t *testing.T) func() {
		_, cancel := context.WithCancel(custom{t.Context()})
		return cancel
	})
}
