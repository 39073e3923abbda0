package leakcheck_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestE2EAtExit runs a real program: in a test, main does not return.
func TestE2EAtExit(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "atexit.exe")
	out, err := exec.Command("go", "build", "-o", program, "./testdata/atexit").CombinedOutput()
	require.NoError(t, err, string(out))
	source, err := os.ReadFile(filepath.Join("testdata", "atexit", "main.go"))
	require.NoError(t, err)
	for _, tt := range []struct {
		mode   string
		n      int    // goroutines that are reported
		title  string // of them
		code   int
		reason string
	}{
		{"sleeper", 1, "sleeping", 0, "what it was going to do is lost"},
		{"sender", 3, "blocked sending on a channel", 0, "a result that nobody takes"},
		{"computer", 1, "", 0, "it runs"},
		{"locked", 1, "waiting to lock a sync.Mutex", 0, "it is in the middle of something"},
		{"client", 1, "", 0, "an answer is on its way"},
		{"handler", 1, "", 0, "a request is not answered yet"},
		{"command", 1, "", 0, "what it makes of the command's end is lost"},

		{"nothing", 0, "", 0, "there are no goroutines"},
		{"done", 0, "", 0, "main waited"},
		{"stopped", 0, "", 0, "told to stop in a deferred call: it needs a moment"},
		{"patient", 0, "", 0, "an option gives it the time"},
		{"idle", 0, "", 0, "they wait to be given work"},
		{"ignored", 0, "", 0, "an option leaves it out"},
		{"panics", 0, "", 2, "the panic is what matters"},
		{"goexit", 0, "", 0, "the process goes on"},
		{"osexit", 0, "", 3, "no deferred call runs"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			t.Parallel()
			r := runFile(t, program, ".", nil, tt.mode)
			assert.Equal(t, tt.code, r.code, r.out)
			if tt.n == 0 {
				assert.NotContains(t, r.out, "leakcheck:", tt.reason)
				return
			}
			noun := map[bool]string{true: "1 goroutine", false: fmt.Sprint(tt.n, " goroutines")}[tt.n == 1]
			assert.Contains(t, r.out, "leakcheck: "+noun+" outlived main (", tt.reason)
			assert.Contains(t, r.out, tt.title)
			body := source[bytes.Index(source, []byte("func "+tt.mode+"()")):]
			line := 1 + bytes.Count(source[:len(source)-len(body)+bytes.Index(body, []byte("// cut off here"))], []byte("\n"))
			assert.Regexp(t, fmt.Sprintf(`at +testdata/atexit/main\.go:%d`, line), filepath.ToSlash(r.out), "names the line")
			assert.Equal(t, 1, strings.Count(r.out, " cause "), r.out)
		})
	}
}

func TestAtExitPanics(t *testing.T) {
	t.Parallel()
	golden.Panics(t, "no writer", func() { leakcheck.AtExit(nil) })
}
