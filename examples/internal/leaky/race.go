package leaky

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// Raced runs the test that calls it with the race detector, which has to find
// something, and returns what go test printed of the first race and of the test.
// It returns "" in the process where the test is to go on. Where there is no
// race detector the test is skipped, but with CI set that is a failure.
func Raced(t *testing.T) string {
	t.Helper()
	if tagLeaky || os.Getenv(childEnv) == t.Name() {
		return ""
	}
	steady.Slow(t) // to build with the race detector takes long
	t.Parallel()
	cmd := exec.Command("go", "test", "-race", "-vet=off", "-count=1", "-timeout=60s", "-run=^"+t.Name()+"$", ".")
	cmd.Env = append(steady.Env(), childEnv+"="+t.Name(), "GOFLAGS=")
	text, err := cmd.CombinedOutput()
	out := strings.ReplaceAll(string(text), "\r\n", "\n")
	if why := noRace.FindString(out); why != "" {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no race detector: " + why)
		}
		t.Skip("there is no race detector: " + why)
	}
	require.Error(t, err, "the race detector found nothing\n%s", out)
	short, err := shortRace(out, folder(t))
	require.NoError(t, err)
	return short
}

// noRace finds what the go command says where it cannot build with the race
// detector: without cgo or a C compiler, or on other systems than the usual.
var noRace = regexp.MustCompile(
	`-race requires cgo.*|-race is (?:not supported|only supported) on.*|C compiler .* not found.*`)

// Fatal runs the test that calls it in a process of its own, which the runtime
// has to end with a fatal error, and returns what that printed of it. It returns
// "" in the process where the test is to go on.
func Fatal(t *testing.T) string {
	t.Helper()
	if tagLeaky || os.Getenv(childEnv) == t.Name() {
		return ""
	}
	t.Parallel()
	// This may be a build with the race detector, which is to keep its own
	// findings out of the output.
	races := "GORACE=log_path=" + filepath.ToSlash(filepath.Join(t.TempDir(), "race"))
	out, err := run(t.Name(), "60s", "", races)
	require.NoError(t, err)
	short, err := shortFatal(strings.ReplaceAll(out, "\r\n", "\n"), folder(t))
	require.NoError(t, err)
	return short
}

// Shown holds out to report.txt, or writes that. Addresses count for nothing,
// nor does which access of a race came first.
func Shown(t *testing.T, out string) {
	t.Helper()
	assert.NoError(t, checkReport(reportFile, out))
}

// folder is the name of the working directory, which is that of the test.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	return filepath.Base(dir)
}

// shortRace cuts an output of go test -race down to the two accesses of the
// first race and the test's own failure.
func shortRace(out, folder string) (string, error) {
	accesses, _, more := strings.Cut(out, "\nGoroutine ")
	at := strings.Index(out, "--- FAIL: ")
	if !more || at < 0 || !strings.HasPrefix(accesses, "==================\nWARNING: DATA RACE\n") {
		return "", fmt.Errorf("no report of a race at the top, or no failed test:\n%s", out)
	}
	failure, _, _ := strings.Cut(out[at:], "\nFAIL\n")
	return ownFrames(accesses, folder) + "...\n" + failure + "\n", nil
}

// shortFatal cuts the output of a process down to the runtime's fatal error and
// the goroutine that met it.
func shortFatal(out, folder string) (string, error) {
	at := strings.Index(out, "fatal error: ")
	if at < 0 {
		return "", fmt.Errorf("no fatal error:\n%s", out)
	}
	parts := strings.SplitN(out[at:], "\n\n", 3)
	if len(parts) < 2 {
		return "", fmt.Errorf("no goroutine below the fatal error:\n%s", out)
	}
	return ownFrames(parts[0]+"\n\n"+strings.TrimSuffix(parts[1], "\n")+"\n", folder), nil
}

// frame is one of a stack, in two lines: the function and its place.
var frame = regexp.MustCompile(
	`(?m)^( *(?:created by )?)(\S+\(.*\)|\S+(?: in goroutine \d+))\n(\s+)(\S.*/)([^/\n]+\.go:\d+)(.*)\n`)

// ownFrames leaves only the frames in the Go files of a folder, under short
// names, and "..." for others.
func ownFrames(text, folder string) string {
	const others = "...\n"
	text = frame.ReplaceAllStringFunc(text, func(f string) string {
		m := frame.FindStringSubmatch(f)
		if !strings.HasSuffix(m[4], "/"+folder+"/") {
			return others
		}
		_, function, ok := strings.Cut(m[2], "/"+folder+".")
		if !ok {
			return others
		}
		return m[1] + folder + "." + function + "\n" + m[3] + m[5] + m[6] + "\n"
	})
	return regexp.MustCompile(`(?:\.\.\.\n)+`).ReplaceAllString(text, others)
}

// plain is s without what differs from run to run in the words of the race
// detector and of the runtime.
func plain(s string) string {
	for _, p := range []struct{ pattern, with string }{
		{`(?i)(?:previous )?(?:read|write)( at 0x[0-9a-f]+ by)`, "Access$1"},
		{`0x[0-9a-f]+`, "0xN"},
		{`\bgoroutine \d+\b`, "goroutine N"},
		{`\btesting\.go:\d+`, "testing.go:N"},
	} {
		s = regexp.MustCompile(p.pattern).ReplaceAllString(s, p.with)
	}
	return s
}
