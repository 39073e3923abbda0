//go:build !race

package unbounded

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/steady"
)

const many = 10_000

// What finds this mistake is a dump of the program while it works: report.txt
// is what leakcheck report says of one, in its first part. LEAKY_UPDATE=1 writes it.
func TestReport(t *testing.T) {
	got := report(t, dump(t))
	if os.Getenv("LEAKY_UPDATE") != "" {
		require.NoError(t, os.WriteFile("report.txt", got, 0o666))
	}
	shown, err := os.ReadFile("report.txt")
	require.NoError(t, err)
	require.NoError(t, steady.Compare(string(shown), string(got)), "%s", got)
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
func report(t *testing.T, dump []byte) []byte {
	t.Helper()
	for _, sources := range []string{"../../cmd/leakcheck/*.go", "../../internal/*/*.go"} {
		touch(t, sources)
	}
	command := filepath.Join(t.TempDir(), "leakcheck.exe")
	out, err := exec.Command("go", "build", "-o", command, "../../cmd/leakcheck").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.Command(command, "report", "-top", "1", "-")
	cmd.Stdin = bytes.NewReader(dump)
	got, err := cmd.Output()
	require.NoError(t, err)
	return got
}

// touch reads files. The go command keeps the result of a test until a file
// changes that the test read, and does not see what a child process reads.
func touch(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, pattern)
	for _, name := range files {
		_, err := os.ReadFile(name)
		require.NoError(t, err)
	}
}
