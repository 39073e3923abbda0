//go:build !race

package unbounded

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

const many = 10_000

// What finds this mistake is a dump of the program while it works: report.txt
// is what leakcheck report says of the largest kind in one. LEAKY_UPDATE=1 writes
// it. The lines around that count all goroutines, of which a test binary has more
// with some flags than with others.
func TestReport(t *testing.T) {
	got := report(t, dump(t))
	if os.Getenv("LEAKY_UPDATE") != "" {
		kind := regexp.MustCompile(`(?m)^  \+ (?:.*\n)(?: {6}.*\n)+`).FindString(got)
		require.NoError(t, os.WriteFile("report.txt", []byte("...\n"+kind+"...\n"), 0o666))
	}
	shown, err := os.ReadFile("report.txt")
	require.NoError(t, err)
	require.Contains(t, string(shown), "  + 10000 x ")
	require.NoError(t, steady.Compare(string(shown), got), "%s", got)
}

// dump returns the goroutines of a program in which all fetches are under way.
func dump(t *testing.T) []byte {
	t.Helper()
	var text bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		go FetchAllWrong(links(many), func(string) (string, error) {
			<-release
			return "", nil
		})
		synctest.Wait()
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(&text, 2))
		close(release)
	})
	return text.Bytes()
}

// report returns what the command says of the largest kind in a dump.
func report(t *testing.T, dump []byte) string {
	t.Helper()
	leaky.Touch(t, "../..")
	command := filepath.Join(t.TempDir(), "leakcheck.exe")
	out, err := exec.Command("go", "build", "-o", command, "../../cmd/leakcheck").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.Command(command, "report", "-top", "1", "-")
	cmd.Env = steady.Env()
	cmd.Stdin = bytes.NewReader(dump)
	got, err := cmd.Output()
	require.NoError(t, err)
	return string(got)
}
