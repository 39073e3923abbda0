package cause

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxText is what fits on the line of a report behind the name of the row.
const maxText = 100

// Validate reports what is wrong with causes that belong together: what is
// missing, what a report cannot print, and what two of them share.
func Validate(causes []Cause) error {
	// They are compiled here, as only tests validate: what a package compiles
	// at its start every test binary that links it pays for.
	validID := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	validSource := regexp.MustCompile(`^(https://\S+|[a-z/]+/[a-z0-9_]+\.go: \S+)$`)
	validSince := regexp.MustCompile(`^(go1\.\d+|\S+\.\S+/\S+ v\d+\.\d+\.\d+)$`)
	validLint := regexp.MustCompile(`^(go vet \([a-z]+\)|[a-z]+|)$`)
	var problems []error
	add := func(c *Cause, format string, args ...any) {
		problems = append(problems, fmt.Errorf("cause %q: %s", c.ID, fmt.Sprintf(format, args...)))
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for i := range causes {
		c := &causes[i]
		for _, text := range []struct{ name, value string }{{"title", c.Title}, {"why", c.Why}, {"fix", c.Fix}} {
			if problem := checkText(text.value); problem != "" {
				add(c, "%s: %s", text.name, problem)
			}
		}
		switch {
		case !validID.MatchString(c.ID):
			add(c, "the ID is not lower-case words with hyphens")
		case ids[c.ID]:
			add(c, "the ID is there twice")
		case titles[c.Title]:
			add(c, "the title is another's too")
		case !validSource.MatchString(c.Source):
			add(c, "source %q is neither a page nor a file with a name in it", c.Source)
		case !validSince.MatchString(c.Since):
			add(c, "since %q is neither a Go release nor a module with a version", c.Since)
		case !validLint.MatchString(c.Lint):
			add(c, "lint %q is neither a checker nor a pass of go vet", c.Lint)
		case c.Match == nil:
			add(c, "it matches nothing")
		}
		ids[c.ID], titles[c.Title] = true, true
	}
	return errors.Join(problems...)
}

// checkText returns what is wrong with a text, or "".
func checkText(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "there is none"
	case n > maxText:
		return fmt.Sprintf("it has %d characters, and there is room for %d", n, maxText)
	case strings.ContainsAny(text, "\n\r\t"):
		return "it is more than one line"
	case strings.HasSuffix(text, ".") || text != strings.TrimSpace(text):
		return "it is not a phrase: no full stop, no space around it"
	}
	return ""
}
