package cli

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// TestDumpScripts runs the scripts of testdata/dumps, of the commands that read
// dumps. Each has a service of its own at $URL.
func TestDumpScripts(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/dumps/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	exe, err := os.Executable()
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Files: scripts,
		Setup: func(e *testscript.Env) error {
			s := newService()
			e.Defer(s.close)
			e.Vars = append(e.Vars, "URL="+s.URL, "HOST="+s.Listener.Addr().String(), "EXE="+exe, "NO_COLOR=1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"goroutines": goroutines,
			"jsonlines":  jsonLines,
			"gzip":       pack,
			"truncate":   truncate,
		},
	})
}

// service is a real net/http/pprof with a goroutine that hangs, and what else a
// URL may lead to.
type service struct {
	*httptest.Server
	stop  chan struct{}
	asked chan struct{} // for each request that is not answered
}

func newService() *service {
	s := &service{stop: make(chan struct{}), asked: make(chan struct{}, 100)}
	go hangForTest(s.stop)
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html><body>log in") })
	mux.HandleFunc("/secret", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		pprof.Handler("goroutine").ServeHTTP(w, r)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		s.asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-s.stop:
		}
	})
	s.growing(mux)
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("goroutine 1 [chan send]:\nmain.f()\n\t/f.go:1 +0x1\n\n"), 1000)
		for {
			select {
			case <-s.stop:
				return
			default:
			}
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	s.Server = httptest.NewServer(mux)
	return s
}

// growing adds services whose goroutines depend on how often they were asked:
// one more each time at /leaky, always as many at /steady. At /restarting every
// fifteenth and sixteenth request fails, and the process begins again.
func (s *service) growing(mux *http.ServeMux) {
	dump := func(w http.ResponseWriter, leaked, firstID int64) {
		for i := range leaked + 3 {
			fn, line := "shop.fetch", 41
			if i >= leaked {
				fn, line = "shop.pool", 7
			}
			fmt.Fprintf(w, "goroutine %d [chan send]:\n%s(0x%x)\n\t/src/shop/shop.go:%d +0x1d\n\n", firstID+i, fn, i, line)
		}
	}
	var leaky, restarting atomic.Int64
	mux.HandleFunc("/leaky", func(w http.ResponseWriter, _ *http.Request) { dump(w, leaky.Add(1), 1) })
	mux.HandleFunc("/steady", func(w http.ResponseWriter, _ *http.Request) { dump(w, 5, 1) })
	mux.HandleFunc("/restarting", func(w http.ResponseWriter, _ *http.Request) {
		switch n := restarting.Add(1) - 1; n % 16 {
		case 14, 15:
			http.Error(w, "starting", http.StatusServiceUnavailable)
		default:
			dump(w, 1+n%16, 1_000_000/(1+n/16))
		}
	})
}

func (s *service) close() {
	close(s.stop)
	s.Close()
}

// hangForTest waits for a value that nobody sends.
func hangForTest(ch chan struct{}) { <-ch }

// pack compresses files and keeps them, too: gzip FILE...
func pack(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(ts.ReadFile(name)))
		ts.Check(err)
		ts.Check(z.Close())
		ts.Check(os.WriteFile(ts.MkAbs(name)+".gz", b.Bytes(), 0o644))
	}
}

// truncate copies a file without its end: truncate FROM TO.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	const end = 6 // of a gzip stream: a part of its checksum and size
	text := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text[:len(text)-end]), 0o644))
}

// goroutines writes a dump of a shop: "goroutines FILE 20 work 1 accept".
func goroutines(ts *testscript.TestScript, _ bool, args []string) {
	kinds := map[string][2]string{
		"work":   {"chan receive, 12 minutes", "shop.(*Pool).work(0xc%09x)\n\t/src/shop/shop.go:7 +0x1d"},
		"moved":  {"chan receive, 12 minutes", "shop.(*Pool).work(0xc%09x)\n\t/src/shop/shop.go:8 +0x1d"},
		"leaked": {"chan receive (leaked), 12 minutes", "shop.(*Pool).work(0xc%09x)\n\t/src/shop/shop.go:7 +0x1d"},
		"accept": {"IO wait, 12 minutes", "shop.accept(0xc%09x)\n\t/src/shop/shop.go:3 +0x1d"},
		"fetch":  {"chan send", "shop.fetch(0xc%09x)\n\t/src/shop/shop.go:41 +0x1d"},
	}
	var b strings.Builder
	id := 10
	for words := range slices.Chunk(args[1:], 2) {
		n, err := strconv.Atoi(words[0])
		ts.Check(err)
		kind := kinds[words[1]]
		for range n {
			id++
			fmt.Fprintf(&b, "goroutine %d [%s]:\n"+kind[1]+"\ncreated by shop.Start in goroutine 1\n\t/src/shop/start.go:9 +0x1\n\n",
				id, kind[0], id)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}

// generator is a dump of so many bytes with so many kinds of goroutines.
type generator struct {
	left  int
	kinds int
	n     int
	buf   bytes.Buffer
}

func (g *generator) Read(p []byte) (int, error) {
	for g.buf.Len() < len(p) && g.left > 0 {
		g.n++
		before := g.buf.Len()
		fmt.Fprintf(&g.buf, "goroutine %d [chan send, %d minutes]:\nexample.com/shop.(*Client).send%d(0xc%09x, 0x%x)\n\t/build/shop/client.go:%d +0x1d4\n"+
			"created by example.com/shop.New in goroutine %d\n\t/build/shop/client.go:64 +0x2f\n\n",
			g.n, g.n%90, g.n%g.kinds, g.n*64, g.n, 100+g.n%g.kinds, 1+g.n%7)
		g.left -= g.buf.Len() - before
	}
	return g.buf.Read(p)
}

// A dump eight times as large takes about the same memory, and one in which all
// goroutines differ is bounded as well. Measured is what the whole process had
// at most; a dump of 1 GiB takes 25 MiB of it, or 100 MiB with -group exact
// (go run, on linux/amd64).
func TestReportMemory(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	require.NoError(t, err)
	peak := func(size, kinds int) int64 {
		cmd := testCommandOf(exe, "report", "-top", "1", "-")
		cmd.Stdin = &generator{left: size, kinds: kinds}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "x blocked ")
		return peakMemory(cmd.ProcessState)
	}
	const mega = 1 << 20
	size := 8 * mega
	if raceDetector { // it is ten times slower, and takes a multiple of the memory
		size = mega
	}
	small := peak(size, 100)
	require.Less(t, peak(8*size, 100), 2*small)
	if !raceDetector {
		// The collector comes later on a busy machine, where 212 MB were seen.
		require.Less(t, peak(8*size, 1<<30), int64(256*mega), "no two goroutines alike")
	}
}

// An interrupt ends the wait for a service at once.
// A dump is not explained by what the program's source has become since.
func TestReportOfChangedSource(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dump, code := filepath.Join(dir, "dump.txt"), filepath.Join(dir, "a.go")
	text := "goroutine 7 [chan send]:\nshop.send(...)\n\t" + filepath.ToSlash(code) + ":5 +0x1\n"
	require.NoError(t, os.WriteFile(dump, []byte(text), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module shop\n"), 0o666))
	require.NoError(t, os.WriteFile(code, []byte("package shop\n\nfunc send() {\n\tch := make(chan int, 1)\n\tch <- 1\n}\n"), 0o666))
	report := func(written time.Time) string {
		require.NoError(t, os.Chtimes(dump, written, written))
		var out, errs bytes.Buffer
		require.Zero(t, Run([]string{"report", "-source", dir, dump}, strings.NewReader(""), &out, &errs), "%s", &errs)
		return flat(strings.ReplaceAll(out.String(), dump, "dump.txt"))
	}
	built := report(time.Now())
	assert.Contains(t, built, "a.go:5 ch <- 1 shop.send")
	golden.Words(t, "as it was built", built)
	old := report(time.Now().Add(-time.Hour))
	assert.Contains(t, old, "a.go:5 shop.send")
	golden.Words(t, "changed since", old)
}

func TestReportInterrupted(t *testing.T) {
	t.Parallel()
	s := newService()
	defer s.close()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := testCommandOf(exe, "report", "-timeout", "10m", s.URL+"/slow")
	require.NoError(t, cmd.Start())
	<-s.asked
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
}

// testCommandOf runs the command in this test binary.
func testCommandOf(exe string, args ...string) *exec.Cmd {
	return &exec.Cmd{Path: exe, Args: append([]string{"leakcheck"}, args...), Env: append(os.Environ(), "NO_COLOR=1")}
}
