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
	var parts [][]string
	for _, part := range strings.Split("\n"+excerpt, "\n...\n") {
		parts = append(parts, codeLines(part))
	}
	worst := ""
	for _, source := range sources {
		missing := find(parts, codeLines(source))
		if missing == nil {
			return nil
		}
		worst = strings.Join(missing, "\n")
	}
	return fmt.Errorf("no source has these lines of the excerpt:\n%s", worst)
}

// find returns the first of the parts that does not stand in lines behind those
// before it, or nil.
func find(parts [][]string, lines []string) []string {
	for _, part := range parts {
		at := index(lines, part)
		if at < 0 {
			return part
		}
		lines = lines[at+len(part):]
	}
	return nil
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
