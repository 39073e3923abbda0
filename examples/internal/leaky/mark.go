package leaky

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Mark is an expectation that stands in the source: what the report says of
// this line.
type Mark struct {
	Row   string // "at", "started" or "called"
	Cause string // its id; "" for "started"
	File  string
	Line  int
}

var markText = regexp.MustCompile(`// want "(?:(started)|(at|called): ([a-z0-9-]+))"$`)

// Marks reads the marks of the Go files in dir. It is an error when there are
// none, or when something that looks like a mark is none.
func Marks(dir string) ([]Mark, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var marks []Mark
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for i, line := range strings.Split(string(text), "\n") {
			line = strings.TrimRight(line, "\r")
			if !strings.Contains(line, "// want ") {
				continue
			}
			m := markText.FindStringSubmatch(line)
			if m == nil {
				return nil, fmt.Errorf(`%s:%d: no mark; consider // want "started", "at: CAUSE" or "called: CAUSE" `+
					"at the end of the line", file, i+1)
			}
			marks = append(marks, Mark{m[1] + m[2], m[3], filepath.Base(file), i + 1})
		}
	}
	if len(marks) == 0 {
		return nil, fmt.Errorf("%s: no line is marked // want", dir)
	}
	return marks, nil
}

// Unmarked is a line of code without its mark.
func Unmarked(line string) string {
	at := markText.FindStringIndex(line)
	if at == nil {
		return line
	}
	return strings.TrimRight(line[:at[0]], " \t")
}
