package inject

import (
	"path"
	"regexp"
	"strings"
)

// Replaces reports whether a pattern of the go command (go help packages) matches
// a package with files that the overlay replaces or adds.
func Replaces(pattern string) bool {
	if pattern == "all" || pattern == "std" {
		return true
	}
	// As the go command has it, x/... matches x as well.
	expr := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\.\.\.`, ".*")
	if below, ok := strings.CutSuffix(expr, "/.*"); ok {
		expr = below + "(/.*)?"
	}
	match := regexp.MustCompile("^" + expr + "$").MatchString
	for _, p := range patches {
		if match(path.Dir(p.name)) {
			return true
		}
	}
	for name := range besides {
		if match(path.Dir(name)) {
			return true
		}
	}
	return match(path.Dir(experimentFile))
}
