package bodies_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/dumps/bodies"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
}

// Each statement is the body of a function of its own.
func TestUnclosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, body string
		found     bool
	}{
		{"read and not closed", "resp, err := http.Get(url)\n_, err = io.ReadAll(resp.Body)\nreturn err", true},
		{"only its status is looked at", "resp, err := s.client.Do(req)\nif err != nil { return err }\nreturn check(resp.StatusCode)", true},
		{"dropped", "_, err := http.Post(url, \"\", nil)\nreturn err", true},
		{"not even assigned", "http.Get(url)\nreturn nil", true},
		{"of the default client", "resp, _ := http.DefaultClient.Do(req)\n_ = resp\nreturn nil", true},
		{"of a local client", "c := &http.Client{}\nresp, err := c.Get(url)\nuse(resp.Header)\nreturn err", true},
		{"decoded", "resp, err := http.Get(url)\nerr = json.NewDecoder(resp.Body).Decode(nil)\nreturn err", true},
		{"in a goroutine", "go func() { resp, _ := http.Get(url); use(resp.Header) }()\nreturn nil", true},
		{"closed", "resp, err := http.Get(url)\ndefer resp.Body.Close()\nreturn err", false},
		{"closed in a function", "resp, err := http.Get(url)\ndefer func() { _ = resp.Body.Close() }()\nreturn err", false},
		{"closed later", "resp, err := http.Get(url)\nt.Cleanup(resp.Body.Close)\nreturn err", false},
		{"handed on", "resp, err := http.Get(url)\nread(resp)\nreturn err", false},
		{"its body is handed on", "resp, err := http.Get(url)\nread(resp.Body)\nreturn err", false},
		{"returned", "resp, err := http.Get(url)\nreturn resp, err", false},
		{"returned at once", "return http.Get(url)", false},
		{"kept", "resp, err := http.Get(url)\ns.last = resp\nreturn err", false},
		{"kept in a value", "resp, err := http.Get(url)\nkeep(result{r: resp})\nreturn err", false},
		{"sent", "resp, err := http.Get(url)\nresults <- resp\nreturn err", false},
		{"a HEAD has no body", "resp, err := http.Head(url)\nuse(resp.Header)\nreturn err", false},
		{"another client", "v, err := s.redis.Get(key)\nuse(v)\nreturn err", false},
		{"a header", "v, ok := req.Header.Get(key)\nuse(v)\nreturn nil", false},
	} {
		dir := t.TempDir()
		write(t, dir, "api/a.go", "package api\n\nimport \"net/http\"\n\ntype S struct { client *http.Client; redis *Redis }\n\n"+
			"func (s *S) Fetch(url string, req *http.Request) error {\n"+tt.body+"\n}\n")
		calls := bodies.Unclosed(dir)
		if !tt.found {
			assert.Empty(t, calls, tt.why)
			continue
		}
		require.Len(t, calls, 1, tt.why)
		assert.Equal(t, "api/a.go", calls[0].File)
		assert.Equal(t, "(*S).Fetch", calls[0].Func)
		assert.GreaterOrEqual(t, calls[0].Line, 8)
		assert.NotEmpty(t, calls[0].Text)
	}
}

// Only code that is built into the program counts.
func TestUnclosedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const text = "package a\n\nimport h \"net/http\"\n\nfunc Fetch() {\n\th.Get(\"http://example.com\")\n}\n"
	for _, name := range []string{"a.go", "a_test.go", "vendor/v/a.go", "testdata/a.go", ".git/a.go", "_old/a.go", "nested/a.go", "b/b.txt", "c/broken.go"} {
		write(t, dir, name, text)
	}
	write(t, dir, "nested/go.mod", "module nested\n")
	write(t, dir, "c/broken.go", "package c import \"net/http\" (((")
	assert.Equal(t, []bodies.Call{{File: "a.go", Line: 6, Func: "Fetch", Text: `h.Get("http://example.com")`}}, bodies.Unclosed(dir))
	assert.Empty(t, bodies.Unclosed(filepath.Join(dir, "none")))
}
