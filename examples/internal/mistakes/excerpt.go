package main

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
)

// checkExcerpt returns an error unless one of the sources has the lines of the
// excerpt, one below the other. A line "..." stands for lines left out. How far
// a line is indented, comments and empty lines count for nothing.
func checkExcerpt(excerpt string, sources []string) error {
	parts := strings.Split(codeLines(excerpt), "\n...\n")
	most := 0
	for _, source := range sources {
		most = max(most, find(parts, codeLines(source)))
	}
	if most == len(parts) {
		return nil
	}
	missing := strings.ReplaceAll(strings.TrimSpace(parts[most]), "\n\n", "\n")
	return fmt.Errorf("no source has these lines of the excerpt:\n%s", missing)
}

// find returns how many of the parts stand in code, each behind those before it.
func find(parts []string, code string) int {
	for n, part := range parts {
		var found bool
		if _, code, found = strings.Cut(code, part); !found {
			return n
		}
	}
	return len(parts)
}

// codeLines are the lines of a text that have code, without what is around it,
// each between two line breaks: a part of a line is no line.
// Two slashes in a string cut a line as well, in the source as in the excerpt.
func codeLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(leaky.Unmarked(line), "//")
		if code = strings.TrimSpace(code); code != "" {
			b.WriteString("\n" + code + "\n")
		}
	}
	return b.String()
}
