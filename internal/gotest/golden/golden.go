// Package golden compares what a test gets with golden files.
package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Update says that golden files are to be rewritten: -update.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Compare compares got with the golden file of this name, or writes it. The reasons
// for the file, if there are any, go with a failure.
func Compare(t testing.TB, name, got string, reasons ...string) {
	t.Helper()
	if *Update {
		require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	// Git writes lines of Windows there.
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got, "%s (%s); -update rewrites it", name,
		strings.Join(reasons, ", "))
}

// wording is the file of the texts that the tests of a package compare by Words.
const wording = "testdata/wording.json"

var wordingLock sync.Mutex // parallel tests rewrite one file

// Words compares a text, an error or lines with the one that wording has for this test and this
// reason, or writes it: a better sentence then costs one -update. What must hold
// of a text besides its words, the test asserts itself.
func Words(t testing.TB, reason string, got any) {
	t.Helper()
	key, text := t.Name()+": "+reason, fmt.Sprint(got)
	if lines, ok := got.([]string); ok {
		text = strings.Join(lines, "\n")
	}
	wordingLock.Lock()
	defer wordingLock.Unlock()
	texts := map[string]string{}
	data, err := os.ReadFile(wording)
	if !*Update || !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &texts))
	}
	if *Update {
		texts[key] = text
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "\t")
		require.NoError(t, e.Encode(texts))
		require.NoError(t, os.MkdirAll(filepath.Dir(wording), 0o755))
		require.NoError(t, os.WriteFile(wording, b.Bytes(), 0o644))
	}
	require.Contains(t, texts, key, "-update adds it to %s", wording)
	assert.Equal(t, texts[key], text, "%q of %s; -update rewrites it", key, wording)
}

// Panics compares what f panics with, as Words does.
func Panics(t testing.TB, reason string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		value := recover()
		require.NotNil(t, value, "%s: no panic", reason)
		Words(t, reason, value)
	}()
	f()
}
