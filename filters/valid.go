package filters

import (
	"fmt"
	"regexp"
	"strings"
)

// The checks of this file refuse, when a filter is built, what would silently
// match nothing or everything: the commonest fault in hand-kept ignore lists.
// They panic, as regexp.MustCompile does: the argument is a constant of the
// test, and a mistake in it must not wait for the day of the leak.

// mustText refuses an empty or blank argument; want says what to write.
func mustText(fn, text, want string) {
	if strings.TrimSpace(text) == "" {
		panic(fmt.Sprintf("filters.%s: an empty argument can match nothing or everything; write %s", fn, want))
	}
	if text != strings.TrimSpace(text) {
		panic(fmt.Sprintf("filters.%s: %q begins or ends with a space, so it matches nothing; write %q",
			fn, text, strings.TrimSpace(text)))
	}
}

// argList is what a line of a dump has after a function's name.
var argList = regexp.MustCompile(`\((0x|\.\.\.|\{|_|\)$)`)

// escaped is the linker's escape of a byte in an import path.
var escaped = regexp.MustCompile(`%[0-9a-f]{2}`)

// elideTypeArgs returns name with each list of type arguments written as a
// dump does: "[...]".
func elideTypeArgs(name string) string {
	var b strings.Builder
	depth := 0
	for _, r := range name {
		switch {
		case r == '[':
			if depth == 0 {
				b.WriteString("[...]")
			}
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mustName refuses what cannot be a function's name in a dump.
func mustName(fn, name string) {
	mustText(fn, name, fmt.Sprintf("the function as a dump prints it, for example %s(%q)", fn, "net/http.(*Server).Serve"))
	refuse := func(problem, write string) {
		panic(fmt.Sprintf("filters.%s: %q matches nothing: %s; write %s", fn, name, problem, write))
	}
	quoted := func(s string) string { return fmt.Sprintf("%s(%q)", fn, s) }
	if rest, ok := strings.CutPrefix(name, "created by "); ok {
		refuse("\"created by\" is not part of a name", fmt.Sprintf("CreatedBy(%q)", rest))
	}
	if i := strings.Index(name, " in goroutine "); i >= 0 {
		refuse("the creator's id is not part of a name", quoted(name[:i]))
	}
	if loc := argList.FindStringIndex(name); loc != nil {
		refuse("arguments are not part of a name", quoted(name[:loc[0]]))
	}
	if plain := elideTypeArgs(name); plain != name {
		refuse("dumps do not print type arguments", quoted(plain))
	}
	if hasStar(name) {
		refuse("names are compared whole, without wildcards",
			`the full name, or Package("import/path/...") for all of a package`)
	}
	if name == "panic" {
		return
	}
	path, _, _ := strings.Cut(name, "[")
	switch last := path[strings.LastIndexByte(path, '/')+1:]; {
	case strings.HasPrefix(name, "."), strings.HasPrefix(last, "."):
		refuse("it has no package", "the import path of the package before the dot")
	case !strings.Contains(last, "."):
		refuse("a function's name begins with the import path of its package", fmt.Sprintf("Package(%q) or the full name", name))
	}
}

// hasStar reports whether name has a '*' that is not a pointer receiver's.
func hasStar(name string) bool {
	return strings.Contains(strings.ReplaceAll(name, ".(*", ""), "*")
}

// shown lists the unexported functions of package runtime that dumps print.
var shown = map[string]bool{"runtime.runFinalizers": true, "runtime.runCleanups": true}

// isHidden reports whether name is one that runtime.Stack leaves out: an
// unexported function of package runtime (runtime.showframe). Names that
// other packages link to, such as sync.runtime_Semacquire, are printed.
func isHidden(name string) bool {
	rest, ok := strings.CutPrefix(name, "runtime.")
	if !ok || shown[name] || rest == "" {
		return false
	}
	rest = strings.TrimPrefix(rest, "(*")
	return rest == "" || rest[0] < 'A' || rest[0] > 'Z'
}

// mustFilters refuses an empty list and the zero Filter in one.
func mustFilters(fn, matches string, fs []Filter) {
	if len(fs) == 0 {
		panic(fmt.Sprintf("filters.%s: without arguments it matches %s; pass at least one filter", fn, matches))
	}
	for i, f := range fs {
		if f.match == nil {
			panic(fmt.Sprintf("filters.%s: argument %d is the zero Filter, which matches nothing; "+
				"make it with a function of this package, for example CreatedBy", fn, i+1))
		}
	}
}
