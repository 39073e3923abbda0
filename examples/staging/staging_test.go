// Elsewhere no program can be asked to stop as by Ctrl-C.

//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
)

var update = flag.Bool("update", false, "rewrite the outputs in README.md")

// service is a running program.
type service struct {
	t               *testing.T
	shop, operators string // addresses
	dumps           string
	started         string // its first line
	stop            func() (stderr string)
}

// start runs the program that was built, in this folder.
func start(t *testing.T, program string, args ...string) *service {
	t.Helper()
	s := &service{t: t, dumps: filepath.Join(t.TempDir(), "leaks")}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, program, append([]string{"-addr", "127.0.0.1:0", "-operators", "127.0.0.1:0",
		"-dumps", s.dumps, "-interval", "20ms"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	s.stop = sync.OnceValue(func() string {
		defer cancel()
		_ = cmd.Process.Signal(os.Interrupt)
		assert.NoError(t, cmd.Wait())
		return stderr.String()
	})
	t.Cleanup(func() { s.stop() })
	s.started, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscanf(strings.ReplaceAll(s.started, ",", " ,"), "shop on %s , for operators %s\n", &s.shop, &s.operators)
	require.NoError(t, err)
	return s
}

func (s *service) get(url string) string {
	s.t.Helper()
	resp, err := http.Get(url)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, resp.StatusCode, string(body))
	return string(body)
}

// load asks for 200 quotes.
func (s *service) load() {
	s.t.Helper()
	for range 200 {
		assert.Contains(s.t, s.get(s.shop+"/quote?item=tea"), `for "tea"`)
	}
}

// leak has all leaks of a load there: the metrics name the line, and the two of
// three who come late.
func (s *service) leak(line string) {
	s.t.Helper()
	s.load()
	require.Eventually(s.t, func() bool {
		return strings.Contains(s.metrics("blocked"), `{location="`+line+` main.(*shop).quote.func1"} 400`)
	}, time.Minute, 30*time.Millisecond)
}

// metrics returns the lines of the metrics that contain part.
func (s *service) metrics(part string) string {
	s.t.Helper()
	var out strings.Builder
	for line := range strings.Lines(s.get(s.operators + "/metrics")) {
		if strings.Contains(line, part) && !strings.HasPrefix(line, "#") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// report returns the first dump's report, once it is there.
func (s *service) report() string {
	s.t.Helper()
	var files []string
	require.Eventually(s.t, func() bool {
		files, _ = filepath.Glob(filepath.Join(s.dumps, "*-growth.txt"))
		return len(files) > 0
	}, time.Minute, 10*time.Millisecond)
	text, err := os.ReadFile(files[0])
	require.NoError(s.t, err)
	return string(text)
}

// head returns the first n lines.
func head(text string, n int) string {
	return strings.Join(strings.SplitAfterN(text, "\n", n+1)[:n], "")
}

// TestSession runs the session of README.md and compares what comes out with
// what is written there.
func TestSession(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "staging.exe")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	source, err := os.ReadFile("shop.go")
	require.NoError(t, err)
	before, _, found := bytes.Cut(source, []byte("answers <- ask("))
	require.True(t, found)
	line := fmt.Sprintf("shop.go:%d", 1+bytes.Count(before, []byte("\n")))

	leaky := start(t, program)
	leaky.leak(line)
	session := map[string]string{
		"start":   leaky.started,
		"metrics": leaky.metrics("blocked_goroutines{location=\"shop.go"),
		"page":    head(trend.ReplaceAllString(leaky.get(leaky.operators+"/debug/leaks"), ""), 6),
		"dump":    head(trend.ReplaceAllString(leaky.report(), ""), 3),
	}
	for _, name := range []string{"page", "dump"} {
		assert.Contains(t, session[name], line, name)
		assert.Contains(t, session[name], "answers <- ask(name, item)", name)
	}
	log, report, found := strings.Cut(leaky.stop(), "leakcheck: ")
	require.True(t, found, log)
	session["log"], session["exit"] = log, head("leakcheck: "+report, 6)
	assert.Contains(t, session["exit"], line)
	assert.Contains(t, session["exit"], "400 x blocked ")

	proves(t, start(t, program), line)

	fixed := start(t, program, "-fix")
	fixed.load()
	require.Eventually(t, func() bool { return fixed.metrics("scans_total") != "leakcheck_scans_total 1\n" }, time.Minute, 30*time.Millisecond)
	assert.Empty(t, fixed.metrics("shop.go"), "nobody is left behind")
	assert.NotContains(t, fixed.get(fixed.operators+"/debug/leaks"), "shop.go")
	assert.NotContains(t, fixed.stop(), "leakcheck:", "and the end cuts off nobody")
	files, _ := filepath.Glob(filepath.Join(fixed.dumps, "*"))
	assert.Empty(t, files, "there was nothing to dump")
	compare(t, session)
}

// proves asks for the proof as the button does. This test and the service were
// built by the same release of Go.
func proves(t *testing.T, s *service, line string) {
	t.Helper()
	s.leak(line)
	resp, err := http.Post(s.operators+"/debug/leaks", "", nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	if !capture.CanProve() {
		assert.Equal(t, http.StatusConflict, resp.StatusCode)
		assert.Contains(t, string(text), "no proof")
		return
	}
	require.Equal(t, http.StatusOK, resp.StatusCode, string(text))
	assert.Regexp(t, `400 x blocked .*\(.*proven.*\)\n +at +`+line, string(text))
}

// block is an output in README.md, after a comment that names it.
var block = regexp.MustCompile("(?s)(<!-- (\\w+) -->\n```[^\n]*\n(?:\\$ [^\n]*\n)*)(.*?)(```\n)")

// varying is what differs from run to run: times, ports, and the numbers of what
// else runs in the process.
var varying = []struct {
	pattern *regexp.Regexp
	text    string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "2026-11-24T09:46:00Z"},
	{regexp.MustCompile(`(shop on http://127.0.0.1:)\d+(, for operators http://127.0.0.1:)\d+`), "${1}8080${2}6060"},
	{regexp.MustCompile(`\d+ goroutines in the process at [-\d]+ [:\d]+ UTC: \d+ .* harmless`),
		"406 goroutines in the process at 2026-11-24 09:46:00 UTC: 402 blocked, 4 usual, 2 harmless"},
	{regexp.MustCompile(`\d+ goroutines outlived main`), "400 goroutines outlived main"},
	{regexp.MustCompile(`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d WARN (.*) goroutines=\d+ file=\S*/leaks/leakcheck-\S+-growth.txt`),
		"2026/11/24 09:46:00 WARN $1 goroutines=410 file=/tmp/leaks/leakcheck-20261124T094600.123Z-4711-growth.txt"},
}

// trend is a row that a look has if a sample was taken amid the load.
var trend = regexp.MustCompile(`(?m)^ +trend .*\n`)

// compare holds the outputs in README.md against those of this run.
func compare(t *testing.T, session map[string]string) {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	seen := 0
	got := block.ReplaceAllStringFunc(string(readme), func(s string) string {
		m := block.FindStringSubmatch(s)
		text, ok := session[m[2]]
		require.True(t, ok, "README.md has an output %q that the session has not", m[2])
		seen++
		for _, v := range varying {
			text = v.pattern.ReplaceAllString(text, v.text)
		}
		if m[2] == "dump" { // it is written at some moment of the load
			text = regexp.MustCompile(`(?m)^  \+ \d+ x`).ReplaceAllString(text, "  + 400 x")
		}
		return m[1] + strings.TrimRight(text, "\n") + "\n" + m[4]
	})
	assert.Equal(t, len(session), seen, "every output of the session is in README.md")
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(got), 0o644))
	}
	assert.Equal(t, string(readme), got, "README.md is not what happens; -update rewrites its outputs")
}
