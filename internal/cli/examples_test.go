package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The flags of the examples in the help are there and take what is given.
func TestExamplesOfTheHelp(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range commands() {
		for _, x := range c.examples {
			args := shellWords(t, x.line)
			i := 0
			for args[i] != "leakcheck" {
				i++
			}
			require.Equal(t, c.name, args[i+1], x.line)
			fs, _, _ := c.flags()
			_, err := c.arguments(fs, args[i+2:])
			assert.NoError(t, err, x.line)
			n++
		}
	}
	assert.Greater(t, n, 20)
}

// words splits a line as a shell does, up to a redirection or the next command.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	var args []string
	line = strings.NewReplacer("<(", "", ")", "").Replace(line)
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if strings.ContainsAny(line[:1], "<>|") {
			break
		}
		var word string
		if line[0] == '\'' {
			end := strings.IndexByte(line[1:], '\'')
			require.Positive(t, end, line)
			word, line = line[1:1+end], line[end+2:]
		} else {
			word, line, _ = strings.Cut(line, " ")
		}
		args = append(args, word)
	}
	return args
}

// So it is with every line of README and docs that calls the command.
func TestLinesOfTheDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	n := 0
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			m := docsLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
			if m == nil {
				continue
			}
			args := shellWords(t, m[1])
			c := find(args[0])
			require.NotNil(t, c, "%s: %s", page, line)
			fs, _, _ := c.flags()
			// -baseline wants to see the file, and -fix=write a repository without changes.
			if !strings.Contains(line, "-baseline") && !strings.Contains(line, "-fix=write") {
				_, err = c.arguments(fs, args[1:])
				assert.NoError(t, err, "%s: %s", page, line)
			}
			n++
		}
	}
	assert.Greater(t, n, 5)
}

// docsLine is a line of a code block that is a call of the command.
var docsLine = regexp.MustCompile(`^ {4,}(?:- )?(?:\$ )?(?:leakcheck|go run github.com/leakcheck-go/goroutine/cmd/leakcheck@latest) ([a-z].*)$`)
