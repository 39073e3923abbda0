package pairs

import (
	"context"
	"database/sql"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/gotest/pairtest"
)

func TestMain(m *testing.M) {
	sql.Register("pairs", database{})
	pairtest.Main(pairs)
	os.Exit(m.Run())
}

// kept keeps what a mistaken program leaves open from being collected.
var kept []any

func keep(v ...any) { kept = append(kept, v...) }

// must is for what does not fail on a machine in order.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func listen() net.Listener { return must(net.Listen("tcp", "127.0.0.1:0")) }

// silent is a server that accepts a connection and says nothing. It has no
// goroutine: the system accepts on its behalf.
func silent() net.Listener {
	ln := listen()
	keep(ln)
	return ln
}

func dial(ln net.Listener) net.Conn {
	conn := must(net.Dial("tcp", ln.Addr().String()))
	keep(conn)
	return conn
}

// site serves a page, over HTTP/2 as well.
func site() *httptest.Server {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }))
	srv.EnableHTTP2 = true
	return srv
}

func plain() *httptest.Server {
	srv := site()
	srv.Start()
	return srv
}

func secure() *httptest.Server {
	srv := site()
	srv.StartTLS()
	return srv
}

// impatient asks a handler and goes away.
func impatient(h http.Handler) *httptest.Server {
	srv := httptest.NewServer(h)
	leave(srv.URL)
	return srv
}

// leave asks, and goes away when the handler waits.
func leave(url string) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		awaitBlocked("net/http.serverHandler.ServeHTTP")
		cancel()
	}()
	http.DefaultClient.Do(must(http.NewRequestWithContext(ctx, http.MethodGet, url, nil)))
}

// completed is a test that package testing takes for over.
func completed() *testing.T {
	t := new(testing.T)
	done := reflect.ValueOf(t).Elem().FieldByName("done")
	*(*bool)(done.Addr().UnsafePointer()) = true
	return t
}

// silentLog drops what a test logs.
type silentLog struct{}

func (silentLog) Log(...any) {}

func answered() <-chan string {
	answers := make(chan string, 1)
	answers <- "tea"
	return answers
}

// request is the context of a request that has not ended.
func request() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	keep(cancel)
	return ctx
}

func open() *sql.DB { return must(sql.Open("pairs", "")) }

// lingering is a command that ends and leaves a process behind, which writes
// to its standard output no more and has it open until this process ends.
func lingering() *exec.Cmd {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	keep(w)
	cmd := exec.Command("sh", "-c", "cat <&3 &")
	cmd.ExtraFiles = []*os.File{r}
	return cmd
}

func openPipe() *os.File {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	keep(w)
	return r
}

func fifo() string {
	path := filepath.Join(must(os.MkdirTemp("", "pairs")), "fifo")
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		panic(err)
	}
	return path
}

var pairs = slices.Concat(channelPairs, lockPairs, clockPairs, networkPairs, systemPairs)

var channelPairs = []pairtest.Pair{
	{ID: "chan-send-full", Wrong: func() { wrongChanSendFull() }, Right: func() { rightChanSendFull() },
		Near: "chan-send", Reason: "the channel has no buffer"},
	{ID: "chan-semaphore", Wrong: func() { wrongChanSemaphore() }, Right: func() { rightChanSemaphore() },
		Near: "chan-send-full", Reason: "what is sent there is for somebody else"},
	{ID: "select-single", Wrong: wrongSelectSingle, Right: rightSelectSingle,
		Near: "chan-recv", Reason: "the state is the same, and there is no select"},
	{ID: "chan-nil-recv", Wrong: wrongChanNilRecv, Right: rightChanNilRecv,
		Near: "chan-recv", Reason: "the channel was made"},
	{ID: "chan-nil-send", Wrong: wrongChanNilSend, Right: func() { rightChanNilSend() },
		Near: "chan-send", Reason: "the channel was made"},
	{ID: "select-empty", Wrong: wrongSelectEmpty, Right: rightSelectEmpty,
		Near: "select-no-exit", Reason: "the select has cases"},
	{ID: "labels", Wrong: wrongLabels, Right: rightLabels,
		Shows: "chan-recv labels", Near: "chan-recv", Reason: "it has no labels"},
}

var lockPairs = []pairtest.Pair{
	{ID: "rw-recursive", Wrong: wrongRwRecursive, Right: rightRwRecursive,
		Shows: "rw-recursive rw-writer", Near: "rw-reader", Reason: "a writer holds the lock, and none waits"},
	{ID: "rw-reader", Wrong: wrongRwReader, Right: rightRwReader,
		Near: "rw-recursive", Reason: "the writer waits for this very reader"},
	{ID: "rw-writer", Wrong: wrongRwWriter, Right: rightRwWriter,
		Near: "mutex-lock", Reason: "a Mutex has no readers"},
	{ID: "rw-two-writers", Wrong: wrongRwTwoWriters, Right: rightRwTwoWriters,
		Shows: "rw-two-writers rw-writer", Near: "rw-writer", Reason: "there is one writer"},
	{ID: "cond-wait", Wrong: wrongCondWait, Right: rightCondWait,
		Near: "wg-wait", Reason: "another of package sync"},
	{ID: "once-recursive", Wrong: wrongOnceRecursive, Right: rightOnceRecursive,
		Near: "once-wait", Reason: "another goroutine runs the function"},
	{ID: "once-wait", Wrong: wrongOnceWait, Right: rightOnceWait,
		Shows: "chan-recv once-wait", Near: "once-recursive", Reason: "the goroutine that waits runs the function itself"},
}

var clockPairs = []pairtest.Pair{
	{ID: "ticker-select", Wrong: wrongTickerSelect, Right: rightTickerSelect,
		Near: "select-no-exit", Reason: "no case is for time"},
	{ID: "ticker-stopped", Wrong: wrongTickerStopped, Right: rightTickerStopped,
		Near: "ticker-loop", Reason: "nobody stops the ticker"},
	{ID: "timer-wait", Wrong: wrongTimerWait, Right: rightTimerWait,
		Near: "ticker-loop", Reason: "nothing ends the loop"},
	{ID: "time-after-loop", Wrong: wrongTimeAfterLoop, Right: rightTimeAfterLoop,
		Near: "ticker-loop", Reason: "it is a ticker that the loop waits for"},
	{ID: "sleep-loop", Wrong: wrongSleepLoop, Right: rightSleepLoop,
		Near: "time-after-loop", Reason: "it waits for a channel"},
}

// The server of the idle connections has goroutines of its own: one that
// accepts and one for each connection.
var networkPairs = []pairtest.Pair{
	{ID: "http-idle-conn",
		Wrong: func() { wrongHTTPIdleConn(plain().URL) },
		Right: func() { srv := plain(); defer srv.Close(); rightHTTPIdleConn(srv.URL) },
		Shows: "http-conn-idle http-idle-conn http-idle-conn httptest-server",
		Near:  "http-body-not-closed", Reason: "the reader waits for the caller"},
	{ID: "http2-client",
		Wrong: func() { srv := secure(); wrongHTTP2Client(srv.Client(), srv.URL) },
		Right: func() { srv := secure(); defer srv.Close(); rightHTTP2Client(srv.Client(), srv.URL) },
		Shows: "http-conn-idle http-conn-idle http2-client httptest-server",
		Near:  "http-idle-conn", Reason: "HTTP/1 has two goroutines for a connection"},
	{ID: "http-roundtrip-stuck",
		Wrong: func() { wrongHTTPRoundtripStuck("http://" + silent().Addr().String()) },
		Right: func() { rightHTTPRoundtripStuck("http://" + silent().Addr().String()) },
		Shows: "http-idle-conn http-idle-conn http-roundtrip-stuck",
		Near:  "http-body-not-closed", Reason: "the answer came"},
	{ID: "http-conn-idle",
		Wrong: func() { wrongHTTPConnIdle(listen()) },
		Right: func() { rightHTTPConnIdle(listen()) },
		Shows: "http-conn-idle http-server",
		Near:  "http-handler-stuck", Reason: "a handler runs on the connection"},
	{ID: "http-handler-stuck",
		Wrong: func() { impatient(wrongHTTPHandlerStuck(make(chan string))) },
		Right: func() { impatient(rightHTTPHandlerStuck(make(chan string))).Close() },
		Shows: "http-handler-stuck httptest-server",
		Near:  "http-conn-idle", Reason: "no handler runs on the connection"},
	{ID: "httptest-close",
		Wrong: func() { wrongHTTPTestClose(leave, make(chan string)) },
		Right: func() { rightHTTPTestClose(leave, make(chan string)) },
		Shows: "http-handler-stuck httptest-close",
		Near:  "wg-wait", Reason: "the WaitGroup is the program's own"},
	{ID: "http-shutdown",
		Wrong: func() { wrongHTTPShutdown(listen(), leave, make(chan string)) },
		Right: func() { rightHTTPShutdown(listen(), leave, make(chan string)) },
		Shows: "http-handler-stuck http-shutdown",
		Near:  "select-no-exit", Reason: "it waits for no handler"},
	{ID: "listener-accept",
		Wrong: func() { wrongListenerAccept(listen()) },
		Right: func() { rightListenerAccept(listen()) },
		Near:  "http-server", Reason: "an http.Server accepts"},
	{ID: "conn-read",
		Wrong: func() { wrongConnRead(dial(silent())) },
		Right: func() { rightConnRead(dial(silent())) },
		Near:  "tls-hijack", Reason: "the connection was an HTTP server's"},
	{ID: "udp-read",
		Wrong: func() { wrongUDPRead(must(net.ListenPacket("udp", "127.0.0.1:0"))) },
		Right: func() { rightUDPRead(must(net.ListenPacket("udp", "127.0.0.1:0"))) },
		Near:  "conn-read", Reason: "the connection is a stream"},
	{ID: "tls-hijack",
		Wrong: func() { wrongTLSHijack(listen()) },
		Right: func() { rightTLSHijack(listen()) },
		Near:  "conn-read", Reason: "no HTTP server had the connection"},
	{ID: "io-wait",
		Wrong: func() { wrongIOWait(dial(silent())) },
		Right: func() { rightIOWait(dial(silent())) },
		Near:  "conn-read", Reason: "it reads"},
}

var systemPairs = []pairtest.Pair{
	{ID: "sql-db", Wrong: func() { wrongSQLDB() }, Right: func() { rightSQLDB() },
		Near: "ctx-propagate", Reason: "another select that a library starts"},
	{ID: "sql-pool-exhausted",
		Wrong: func() { wrongSQLPoolExhausted(request(), open()) },
		Right: func() { db := open(); defer db.Close(); rightSQLPoolExhausted(request(), db) },
		Shows: "sql-db sql-pool-exhausted sql-tx", Near: "sql-tx", Reason: "nobody else wants a connection"},
	{ID: "ctx-propagate", Wrong: func() { keep(wrongCtxPropagate()) }, Right: rightCtxPropagate,
		Near: "signal-ctx", Reason: "package os/signal started it"},
	{ID: "exec-copy",
		Wrong: func() { wrongExecCopy(lingering()) },
		Right: func() { rightExecCopy(lingering()) },
		Shows: "exec-copy exec-copy", Near: "exec-stdin", Reason: "it copies the input"},
	{ID: "exec-stdin", Wrong: wrongExecStdin, Right: rightExecStdin,
		Shows: "exec-stdin exec-wait", Near: "io-pipe", Reason: "no command is at the other end"},
	{ID: "exec-wait",
		Wrong: func() { wrongExecWait(openPipe()) },
		Right: func() { rightExecWait(openPipe()) },
		Near:  "exec-nowait", Reason: "nobody waits"},
	{ID: "signal-loop", Wrong: wrongSignalLoop, Right: rightSignalLoop,
		Near: "exec-wait", Reason: "another that is in a system call"},
	{ID: "signal-notify", Wrong: wrongSignalNotify, Right: rightSignalNotify,
		Shows: "signal-loop signal-notify", Near: "chan-range", Reason: "no signal comes by the channel"},
	{ID: "signal-ctx", Wrong: func() { keep(wrongSignalCtx()) }, Right: rightSignalCtx,
		Shows: "signal-ctx signal-loop", Near: "signal-notify", Reason: "the program waits itself"},
	{ID: "io-pipe", Wrong: func() { wrongIOPipe() }, Right: func() { rightIOPipe() },
		Near: "os-pipe", Reason: "the pipe is the system's"},
	{ID: "os-pipe", Wrong: func() { wrongOSPipe() }, Right: func() { rightOSPipe() },
		Near: "stdin", Reason: "the file is standard input"},
	{ID: "stdin", Wrong: wrongStdin, Right: func() { rightStdin(strings.NewReader("hello\n")) },
		Near: "os-pipe", Reason: "the file is another"},
	{ID: "busy-loop", Wrong: func() { wrongBusyLoop() }, Right: rightBusyLoop,
		Near: "sleep-loop", Reason: "it sleeps in between"},
	{ID: "locked-thread", Wrong: wrongLockedThread, Right: rightLockedThread,
		Shows: "chan-recv locked-thread", Near: "chan-recv", Reason: "it is locked to no thread"},
	{ID: "log-after-test",
		Wrong: func() { wrongLogAfterTest(completed(), answered()); select {} }, // the panic ends the process
		Right: func() { rightLogAfterTest(silentLog{}, answered()) },
		Near:  "busy-loop", Reason: "it runs its own code"},
	{ID: "syscall",
		Wrong: func() { wrongSyscall(fifo()) },
		Right: func() { rightSyscall(fifo()) },
		Near:  "exec-wait", Reason: "the call is a wait for a process"},
}

// TestPairs runs both programs of each pair.
func TestPairs(t *testing.T) {
	t.Parallel()
	pairtest.Run(t, pairs)
}

// TestCatalogue compares the catalogue with what shows its causes: a pair, a pair
// of internal/eval/livecause, or an example, which has a test of its own.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	shows := map[string][]string{}
	for _, p := range pairs {
		assert.NotContains(t, shows, p.ID, "two pairs show it")
		assert.Contains(t, p.Want(), p.ID)
		shows[p.ID] = p.Want()
	}
	libraries := must(files.ReadFile("libraries.txt"))
	for _, c := range cause.Catalogue() {
		if folder := cause.Example(c.ID); shows[c.ID] == nil && folder != "" {
			shows[c.ID] = marked(folder)
		} else if shows[c.ID] == nil {
			wrong := "(?i)func wrong" + strings.ReplaceAll(c.ID, "-", "") + `\(`
			assert.Regexp(t, wrong, string(libraries), "no program shows %s", c.ID)
		}
	}
	for _, p := range pairs {
		_, ok := cause.ByID(p.ID)
		assert.True(t, ok, "%s is no cause", p.ID)
		assert.NotEmpty(t, p.Reason, p.ID)
		if assert.NotEmpty(t, shows[p.Near], "%s: no program shows %q", p.ID, p.Near) {
			assert.NotContains(t, shows[p.Near], p.ID, "what is near %s is %s", p.ID, p.Reason)
		}
	}
}

// marked returns the causes that the marks of an example name.
func marked(folder string) []string {
	dir := os.DirFS("../../../examples/" + folder)
	var ids []string
	for _, name := range must(fs.Glob(dir, "*.go")) {
		for _, m := range mark.FindAllSubmatch(must(fs.ReadFile(dir, name)), -1) {
			ids = append(ids, string(m[1]))
		}
	}
	return ids
}

var mark = regexp.MustCompile(`// want "(?:at|called): ([a-z0-9-]+)"`)

// TestSource explains every cause with code: the program of a pair or the excerpt
// of an example.
func TestSource(t *testing.T) {
	t.Parallel()
	for _, c := range cause.Catalogue() {
		wrong, right := Source(c.ID)
		assert.NotEmpty(t, wrong, c.ID)
		assert.NotEmpty(t, right, c.ID)
		assert.NotEqual(t, wrong, right, c.ID)
		assert.NotContains(t, right, "wrong", c.ID)
	}
	wrong, right := Source("chan-send")
	assert.True(t, strings.HasPrefix(wrong, "found := make(chan discount)\ngo func() {\n\tpercent"), wrong)
	assert.True(t, strings.HasSuffix(right, "\nfound := make(chan discount, 1)"), right)
	wrong, right = Source("no-such-cause")
	assert.Empty(t, wrong+right)
}
