package filters

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// matcher tells whether a text of a goroutine is the one that a term asks for.
type matcher func(string) bool

// valueKind says how a term's value is compared.
type valueKind byte

const (
	exact valueKind = iota
	wildcard
	expression // a regular expression
)

// maxPattern bounds a wildcard or regular expression, in bytes. Matching takes
// time in proportion to it, for every name of a dump.
const maxPattern = 1024

func equals(value string) matcher { return func(s string) bool { return s == value } }

// kindOf tells how a value that is no regular expression is compared.
func kindOf(name, value string) valueKind {
	switch {
	// Packages have the wildcard of the go command, and no stars.
	case name == "package" && strings.HasSuffix(value, "/..."):
		return wildcard
	case name != "package" && hasStar(value):
		return wildcard
	}
	return exact
}

// receiver is the start of a pointer receiver, whose * is no wildcard.
const receiver = ".(*"

// hasStar reports whether value has a * that is not a pointer receiver's.
func hasStar(value string) bool {
	return strings.Contains(strings.ReplaceAll(value, receiver, ""), "*")
}

// globSource translates wildcards to a regular expression without anchors.
func globSource(value string) string {
	// A pattern is UTF-8, and for package regexp a byte of a text that is not
	// is U+FFFD.
	value = strings.Map(func(r rune) rune { return r }, value)
	var b strings.Builder
	for i := 0; i < len(value); {
		rest := value[i:]
		switch {
		// First, because the star of a receiver is not a wildcard.
		case strings.HasPrefix(rest, receiver):
			b.WriteString(regexp.QuoteMeta(receiver))
			i += len(receiver)
		case strings.HasPrefix(rest, "**"):
			b.WriteString(".*")
			i += 2
		case rest[0] == '*':
			b.WriteString("[^/]*")
			i++
		default: // up to where one of the others may begin
			end := len(rest)
			if j := strings.IndexAny(rest[1:], "*."); j >= 0 {
				end = j + 1
			}
			b.WriteString(regexp.QuoteMeta(rest[:end]))
			i += end
		}
	}
	return b.String()
}

// compileGlob compiles value between a prefix and a suffix in the syntax of
// package regexp. The result compares whole texts.
func compileGlob(prefix, value, suffix string) matcher {
	return regexp.MustCompile(`(?s)\A` + prefix + globSource(value) + suffix + `\z`).MatchString
}

func compileText(value string) matcher {
	if !hasStar(value) {
		return equals(value)
	}
	// A state or cause is no path: a star takes in slashes.
	return regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(globSource(value), "[^/]*", ".*") + `\z`).MatchString
}

// compileName compares a function's name as a dump prints it, and as source
// writes it where the dump escapes a byte of the import path.
func compileName(value string) matcher {
	m := equals(value)
	if hasStar(value) {
		m = compileGlob("", value, "")
	}
	return func(fn string) bool {
		return m(fn) || strings.IndexByte(fn, '%') >= 0 && m(unescapeName(fn))
	}
}

// unescapeName undoes the linker's escapes in the import path of a name.
func unescapeName(fn string) string {
	// Receivers and type arguments have slashes and dots of their own.
	end := len(fn)
	if i := strings.IndexAny(fn, "[("); i >= 0 {
		end = i
	}
	slash := strings.LastIndexByte(fn[:end], '/') + 1
	dot := strings.IndexByte(fn[slash:], '.')
	if dot < 0 {
		return fn
	}
	return stackparse.Package(fn) + fn[slash+dot:]
}

func compilePackage(value string) matcher {
	base, below := strings.CutSuffix(value, "/...")
	return func(path string) bool {
		rest, ok := strings.CutPrefix(path, base)
		return ok && (rest == "" || below && rest[0] == '/') // not shopping for shop
	}
}

func compileFile(value string) matcher {
	if hasStar(value) {
		if value[0] == '/' {
			// The pattern may still be the end of a path: GOROOT and other folders differ by machine.
			return compileGlob("(.*)?", value, "")
		}
		return compileGlob("(.*/)?", value, "")
	}
	return func(file string) bool {
		rest, ok := strings.CutSuffix(file, value)
		// Whole elements of the path: fetch.go is not prefetch.go.
		return ok && (rest == "" || rest[len(rest)-1] == '/' || value[0] == '/')
	}
}

// compileTest takes in the subtests, as go test -run does.
func compileTest(value string) matcher {
	if hasStar(value) {
		return compileGlob("", value, "(/.*)?")
	}
	return func(test string) bool {
		rest, ok := strings.CutPrefix(test, value)
		return ok && (rest == "" || rest[0] == '/')
	}
}

// compileRegexp compiles an expression that a user wrote, or says what is
// wrong with it. Package regexp takes time linear in the text.
func compileRegexp(source string) (matcher, string) {
	if len(source) > maxPattern {
		return nil, fmt.Sprintf("the regular expression has %d bytes; the limit is %d", len(source), maxPattern)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	}
	// It would find an empty match in every text.
	if re.MatchString("") {
		return nil, "the regular expression matches the empty text, so it selects everything or nothing; " +
			"ask for at least one character"
	}
	return re.MatchString, ""
}
