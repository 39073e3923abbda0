package leakhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

const calledVariable = "LEAKHTTP_CALLED"

// TestCalling is the process that forgets to close a body, where the test below
// starts it.
func TestCalling(t *testing.T) {
	format := os.Getenv(calledVariable)
	if format == "" {
		return
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, "price")
		w.(http.Flusher).Flush()
		select {}
	}))
	require.NoError(t, fetch(server.URL))
	fmt.Println(get(t, leakhttp.Handler(nil), "full=1&verbose=1&format="+format).Body)
	os.Exit(0) // Close would wait for the handler
}

// fetch is not shown where Get was inlined into it, but its caller is: of the calls
// at a place of an ancestor's stack the runtime shows the innermost.
//
//go:noinline
func fetch(url string) error {
	_, err := http.Get(url)
	return err
}

// The page says who called the library that started a goroutine, if the process was
// started with GODEBUG=tracebackancestors, as docs/staging.md says.
func TestCalled(t *testing.T) {
	t.Parallel()
	for format, row := range map[string]string{
		"text": `(?m)^ +called +(leakcheck/leakhttp/)?called_test\.go:\d+ +(_, err := http\.Get\(url\)|require.*fetch\(server\.URL\)\)) `,
		"html": `<dt>called</dt>.*called_test\.go:\d+</span> <code>(_, err := http\.Get\(url\)|require.*fetch\(server\.URL\)\))</code>`,
	} {
		run := func(setting string) string {
			cmd := exec.Command(os.Args[0], "-test.run=^TestCalling$", "-test.count=1")
			cmd.Env = append(os.Environ(), calledVariable+"="+format, "GODEBUG="+setting)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			return string(out)
		}
		assert.Regexp(t, row, run("tracebackancestors=10"))
		assert.NotRegexp(t, row, run(""), "only then")
	}
}
