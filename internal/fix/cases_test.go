package fix

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// mark is a comment in a case: //@1 F is the call 1 of the chain, in function F of
// the package of its file, and //@1* the one with the go statement.
var mark = regexp.MustCompile(`(?m)//@(\d+)(\*?) (\S+)$`)

// TestCases writes down the candidates for shapes of code. Each file of a case whose
// comment begins with "crlf" has line ends of Windows.
func TestCases(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/cases/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(name)
			require.NoError(t, err)
			got := tryCase(t, ar)
			want := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want" })
			require.GreaterOrEqual(t, want, 0)
			if *golden.Update {
				ar.Files[want].Data = []byte(got)
				require.NoError(t, os.WriteFile(name, txtar.Format(ar), 0o644))
			}
			require.Equal(t, string(ar.Files[want].Data), got)
		})
	}
}

// tryCase writes the files of a case below a folder of their own, and prints the
// candidates. The first line of the comment of the archive is the cause.
func tryCase(t *testing.T, ar *txtar.Archive) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(ar.Comment)), "\n")
	crlf := strings.HasPrefix(lines[0], "crlf ")
	l := &Leak{Cause: strings.TrimPrefix(lines[0], "crlf ")}
	root := filepath.Join(t.TempDir(), "m")
	calls := map[int]Call{}
	for _, f := range ar.Files {
		if f.Name == "want" {
			continue
		}
		path := filepath.Join(root, filepath.FromSlash(f.Name))
		for _, m := range mark.FindAllSubmatchIndex(f.Data, -1) {
			n, err := strconv.Atoi(string(f.Data[m[2]:m[3]]))
			require.NoError(t, err)
			line := 1 + bytes.Count(f.Data[:m[0]], []byte("\n"))
			calls[n] = Call{"example.com/m." + string(f.Data[m[6]:m[7]]), path, line, true}
			if m[4] != m[5] {
				l.Spawn = n
			}
		}
		data := mark.ReplaceAllFunc(f.Data, func([]byte) []byte { return nil })
		data = regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAll(data, nil)
		if crlf {
			data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	for i := range len(calls) {
		l.Chain = append(l.Chain, calls[i])
	}
	all, refused := NewSource(root).Candidates(l)
	got := diffs(t, all)
	for _, why := range refused {
		got += "refused: " + strings.ReplaceAll(why, filepath.Dir(root), "DIR") + "\n"
	}
	if got == "" {
		got = "nothing\n"
	}
	return got
}
