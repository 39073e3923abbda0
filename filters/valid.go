package filters

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// The checks of this file refuse, when a filter is built, what would silently
// match nothing or everything: the commonest fault in hand-kept ignore lists.
// A constructor panics with the problem, as regexp.MustCompile does: the
// argument is a constant of the test, and a mistake in it must not wait for
// the day of the leak. Parse returns it as an error.

// speech is how a message writes a filter that it proposes.
type speech bool

const (
	inGo         speech = false // CreatedBy("shop.New")
	inExpression speech = true  // created-by:"shop.New"
)

// constructors are the Go names of the fields that take a text.
var constructors = map[string]string{
	"top":        "TopFunction",
	"any":        "AnyFunction",
	"created-by": "CreatedBy",
	"package":    "Package",
	"file":       "File",
	"state":      "State",
	"cause":      "Cause",
	"test":       "Test",
	"known":      "Known",
	"module":     "KnownModule",
}

// write returns the term name:value in the speech of the reader.
func (s speech) write(name, value string) string {
	if s == inExpression {
		return name + ":" + strconv.Quote(value)
	}
	return constructors[name] + "(" + strconv.Quote(value) + ")"
}

// checkText refuses an empty or padded value; example says what to write.
func (s speech) checkText(text, example string) string {
	switch trimmed := strings.TrimSpace(text); {
	case trimmed == "":
		return "an empty argument can match nothing or everything; write " + example
	case trimmed != text:
		return fmt.Sprintf("%q begins or ends with a space, so it matches nothing; write %q", text, trimmed)
	case !hasStar(text): // compared byte by byte, which is fast at any length
		return ""
	case len(text) > maxPattern:
		return fmt.Sprintf("the pattern has %d bytes; the limit is %d", len(text), maxPattern)
	case !strings.ContainsFunc(strings.ReplaceAll(text, receiver, ""), isWordRune):
		return fmt.Sprintf("%q matches everything; write %s", text, example)
	}
	return ""
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// argList is what a line of a dump has after a function's name.
var argList = regexp.MustCompile(`\((0x|\.\.\.|\{|_|\)$)`)

// escaped is the linker's escape of a byte in an import path.
var escaped = regexp.MustCompile(`%[0-9a-f]{2}`)

// checkName refuses what cannot be a function's name in a dump.
func (s speech) checkName(field, name, _ string) string {
	refuse := func(problem, write string) string {
		return fmt.Sprintf("%q matches nothing: %s; write %s", name, problem, write)
	}
	// People paste names from dumps together with the text around them.
	if rest, ok := strings.CutPrefix(name, "created by "); ok {
		return refuse("\"created by\" is not part of a name", s.write("created-by", rest))
	}
	if i := strings.Index(name, " in goroutine "); i >= 0 {
		return refuse("the creator's id is not part of a name", s.write(field, name[:i]))
	}
	if loc := argList.FindStringIndex(name); loc != nil {
		return refuse("arguments are not part of a name", s.write(field, name[:loc[0]]))
	}
	if plain := words.ElideTypeArgs(name); plain != name {
		return refuse("dumps do not print type arguments", s.write(field, plain))
	}
	return s.checkPath(name, refuse)
}

// checkPath refuses a name that does not begin with a package.
func (s speech) checkPath(name string, refuse func(problem, write string) string) string {
	if name == "panic" { // the one function that dumps print without a package
		return ""
	}
	// Type arguments have slashes of their own.
	path, _, _ := strings.Cut(name, "[")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(last, "."):
		return refuse("it has no package", "the import path of the package before the dot")
	case strings.Contains(last, "."), strings.Contains(last, "**"):
		return ""
	case strings.HasPrefix(last, "*"):
		return refuse("a function's name begins with the import path of its package",
			fmt.Sprintf("%q to leave the package open", "**."+strings.TrimLeft(last, "*")))
	case strings.HasSuffix(last, "*"):
		return ""
	}
	return refuse("a function's name begins with the import path of its package",
		s.write("package", strings.ReplaceAll(name, "*", ""))+" or the full name")
}

// checkCall is checkName for a call of a stack.
func (s speech) checkCall(field, name, example string) string {
	if problem := s.checkName(field, name, example); problem != "" {
		return problem
	}
	if isHidden(name) {
		return fmt.Sprintf("%q matches nothing: dumps leave out the runtime's own calls; "+
			"write the function that called it, for example %s, or match the state: %s",
			name, s.write("top", "time.Sleep"), s.write("state", "sleep"))
	}
	return ""
}

// shown lists the unexported functions of package runtime that dumps print.
var shown = map[string]bool{
	"runtime.runFinalizers": true, "runtime.runCleanups": true,
	"runtime.handleEvent": true, // where there is nothing else to print
}

// isHidden reports whether name is one that runtime.Stack leaves out: an
// unexported function of package runtime (runtime.showframe). Names that
// other packages link to, such as sync.runtime_Semacquire, are printed.
func isHidden(name string) bool {
	rest, ok := strings.CutPrefix(name, "runtime.")
	if !ok || shown[name] || rest == "" {
		return false
	}
	// A method is hidden with its type; (* is of a pointer receiver.
	rest = strings.TrimPrefix(rest, "(*")
	return rest == "" || (rest[0] < 'A' || rest[0] > 'Z') && rest[0] != '*'
}

func (s speech) checkPackage(_, path, example string) string {
	base := strings.TrimSuffix(path, "/...")
	if strings.ContainsAny(base, "()*[]") {
		return fmt.Sprintf("%q is not an import path; write it without a function, for example %s, "+
			"or %s for what lies below, or use %s", path, example, s.write("package", "database/..."), s.name("any"))
	}
	if strings.HasSuffix(base, "/") || strings.HasPrefix(base, ".") || escaped.MatchString(base) {
		return fmt.Sprintf("%q matches nothing: import paths are written as in an import declaration, "+
			"for example %s", path, s.write("package", "gopkg.in/yaml.v3"))
	}
	return ""
}

// name returns how the reader asks for a field.
func (s speech) name(field string) string {
	if s == inExpression {
		return field + ":"
	}
	return constructors[field]
}

func (s speech) checkFile(_, path, example string) string {
	if base, line, ok := strings.Cut(path, ".go:"); ok {
		return fmt.Sprintf("%q has a line number, which no file name has; write %s without :%s",
			path, s.write("file", base+".go"), line)
	}
	if strings.HasSuffix(path, "/") || strings.Contains(path, `\`) {
		return fmt.Sprintf("%q matches nothing: dumps name files, with forward slashes on every system; "+
			"write %s, or %s for a folder", path, example, s.name("package"))
	}
	return ""
}

func (s speech) checkState(_, state, example string) string {
	// People copy the whole bracket of a header, which has these too.
	for _, suffix := range []string{"(leaked)", "(durable)", "(scan)", "minutes", "minute", "locked to thread"} {
		if strings.HasSuffix(state, suffix) {
			return fmt.Sprintf("%q matches nothing: %q is not part of a state; "+
				"write only the wait reason, for example %s", state, suffix, example)
		}
	}
	if strings.ContainsAny(state, "[],:") {
		return fmt.Sprintf("%q matches nothing: write the state without brackets, for example %s", state, example)
	}
	return ""
}

func (s speech) checkKey(key string) string {
	example := `Label("job", "sync")`
	if s == inExpression {
		example = `label:"job"="sync"`
	}
	switch trimmed := strings.TrimSpace(key); {
	case trimmed == "":
		return "an empty argument can match nothing or everything; write the label's key, for example " + example
	case trimmed != key:
		return fmt.Sprintf("%q begins or ends with a space, so it matches nothing; write %q", key, trimmed)
	}
	return ""
}

// mustFilters refuses an empty list and the zero Filter in one.
func mustFilters(fn, matches string, fs []Filter) {
	if len(fs) == 0 {
		panic(fmt.Sprintf("filters.%s: without arguments it matches %s; pass at least one filter", fn, matches))
	}
	for i, f := range fs {
		if f.n == nil {
			panic(fmt.Sprintf("filters.%s: argument %d is the zero Filter, which matches nothing; "+
				"make it with a function of this package, for example CreatedBy", fn, i+1))
		}
	}
}
