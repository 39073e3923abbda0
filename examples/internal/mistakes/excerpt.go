package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
)

// checkExcerpt returns an error unless one of the sources has the lines of the
// excerpt, one below the other. A line "..." stands for lines left out. How far
// a line is indented, comments and empty lines count for nothing.
func checkExcerpt(excerpt string, sources []string) error {
	parts := [][]string{nil}
	for _, line := range codeLines(excerpt) {
		if line == "..." {
			parts = append(parts, nil)
		} else {
			parts[len(parts)-1] = append(parts[len(parts)-1], line)
		}
	}
	most := 0
	for _, source := range sources {
		most = max(most, find(parts, codeLines(source)))
	}
	if most == len(parts) {
		return nil
	}
	return fmt.Errorf("no source has these lines of the excerpt:\n%s", strings.Join(parts[most], "\n"))
}

// find returns how many of the parts stand in lines, each behind those before it.
func find(parts [][]string, lines []string) int {
	for n, part := range parts {
		at := index(lines, part)
		if at < 0 {
			return n
		}
		lines = lines[at+len(part):]
	}
	return len(parts)
}

// index returns where part begins in lines, or -1.
func index(lines, part []string) int {
	for i := 0; i+len(part) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

// codeLines are the lines of a text that have code, without what is around it.
// Two slashes in a string cut a line as well, in the source as in the excerpt.
func codeLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(leaky.Unmarked(line), "//")
		if code = strings.TrimSpace(code); code != "" {
			lines = append(lines, code)
		}
	}
	return lines
}
