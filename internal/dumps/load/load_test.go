package load_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

const dump = `goroutine 7 [chan send, 12 minutes]:
shop.fetch(0x1)
	/src/shop/fetch.go:41 +0x1d
created by shop.FetchAll in goroutine 1
	/src/shop/fetch.go:37 +0x2e
`

// read opens name and returns how many goroutines it has.
func read(t *testing.T, l *load.Loader, name string) (n, leaked int64, err error) {
	t.Helper()
	in, err := l.Open(t.Context(), name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { assert.NoError(t, in.Close()) }()
	for in.Scan() {
		n += in.Record().Count
		if in.Record().Goroutine.Leaked {
			leaked += in.Record().Count
		}
	}
	return n, leaked, in.Err()
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestFiles(t *testing.T) {
	t.Parallel()
	gz := packed(t, dump+"\n"+dump)
	zeros := packed(t, strings.Repeat("a line of a log\n", 1<<18))
	tests := []struct {
		name    string
		content []byte
		want    int64
		err     string
		reason  string
	}{
		{"dump", []byte(dump), 1, "", "text"},
		{"dump.gz", gz, 2, "", "its first bytes show what it holds"},
		{"twice.gz", packed(t, string(gz)), 2, "", "a transport may have packed what was packed"},
		{"thrice.gz", packed(t, string(packed(t, string(gz)))), 0, "thrice.gz: compressed more than once", "that is no accident"},
		{"cut.gz", gz[:len(gz)-9], 2, "cut.gz: gzip: the stream is cut short", "what came before the cut is used"},
		{"stump.gz", gz[:5], 0, "stump.gz: gzip: the stream is cut short", "a header that is cut"},
		{"broken.gz", []byte("\x1f\x8bnonsense text"), 0, "broken.gz: unpacking: gzip: invalid header", "two bytes are no stream"},
		{"bomb.gz", zeros, 0, "bomb.gz: no goroutine in 1.0 MiB", "a small file that unpacks to a large one"},
		{"empty", nil, 0, "empty: empty", "an empty file"},
		{"text", []byte("hello\n"), 0, "text: no goroutine in this text", "another text"},
		{"long", []byte(strings.Repeat("a line of a log\n", 1<<16) + dump), 1, "", "a file has an end, so it is read to it"},
		{"binary", []byte("\x7fELF\x02\x01\x00\x00"), 0, "binary: neither text nor a profile", "a program"},
		{"page", []byte("<!doctype html><html>"), 0, "page: an HTML page", "saved from a browser"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, tt.name), tt.content, 0o644))
			n, _, err := read(t, &load.Loader{MaxSearch: 1 << 20}, filepath.Join(dir, tt.name))
			assert.Equal(t, tt.want, n, tt.reason)
			if tt.err == "" {
				assert.NoError(t, err, tt.reason)
			} else {
				assert.ErrorContains(t, err, tt.err, tt.reason)
				assert.NotContains(t, err.Error(), "\n", "one line")
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, want := range map[string]string{
		filepath.Join(dir, "no"): "no such file",
		dir:                      "a folder; name the files in it",
		"http://":                "a URL without a host",
		"http://u:secret@[":      "http://xxxxx@[: not a URL",
	} {
		_, err := new(load.Loader).Open(t.Context(), name)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret", "a log is no place for it")
	}
}

type endless struct{ text string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.text), nil }

func TestStdin(t *testing.T) {
	t.Parallel()
	n, _, err := read(t, &load.Loader{Stdin: strings.NewReader(dump)}, "-")
	require.NoError(t, err)
	assert.EqualValues(t, 1, n)

	_, _, err = read(t, new(load.Loader), "-")
	golden.Words(t, "empty", err)

	_, _, err = read(t, &load.Loader{Stdin: endless{"yes\n"}, MaxSearch: 1 << 20}, "-")
	golden.Words(t, "a program that prints forever", err)
	_, _, err = read(t, &load.Loader{Stdin: endless{"\x00\x01"}, MaxSearch: 1 << 20}, "-")
	golden.Words(t, "a device that has no end", err)
	_, _, err = read(t, &load.Loader{Stdin: endless{"\x00"}, MaxSearch: 1 << 20}, "-")
	golden.Words(t, "/dev/zero", err)
}

// A goroutine starts the search again: a log may hold dumps far apart.
func TestSearchStartsAnew(t *testing.T) {
	t.Parallel()
	log := strings.Repeat("a line of a log\n", 40_000)
	text := log + dump + "\n" + log + dump
	n, _, err := read(t, &load.Loader{Stdin: strings.NewReader(text), MaxSearch: 1 << 20}, "-")
	require.NoError(t, err)
	assert.EqualValues(t, 2, n)
}

func TestExpand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.txt", "b.txt", "c[1].txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o644))
	}
	a, b, c := filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt"), filepath.Join(dir, "c[1].txt")
	got, err := load.Expand([]string{"-", "http://h/?a*", filepath.Join(dir, "[ab].txt"), c, "missing"})
	require.NoError(t, err)
	assert.Equal(t, []string{"-", "http://h/?a*", a, b, c, "missing"}, got)
	_, err = load.Expand([]string{filepath.Join(dir, "*.log")})
	require.ErrorContains(t, err, "*.log: no file matches")
	_, err = load.Expand([]string{filepath.Join(dir, "[")})
	require.ErrorContains(t, err, "[: not a pattern of file names")
}

func TestProgress(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "dump")
	text := strings.Repeat(dump+"\n", 2000)
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	var last int64
	calls := 0
	l := load.Loader{Progress: func(_ string, read, size int64) {
		assert.Greater(t, read, last)
		assert.EqualValues(t, len(text), size)
		last, calls = read, calls+1
	}}
	_, _, err := read(t, &l, name)
	require.NoError(t, err)
	assert.EqualValues(t, len(text), last)
	assert.LessOrEqual(t, calls, 101)
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := new(load.Loader).Open(ctx, "http://127.0.0.1:1")
	require.ErrorIs(t, err, context.Canceled)
}
