package fleet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Owners says who owns the files of a repository, by a CODEOWNERS file as GitHub
// and GitLab read it.
type Owners struct {
	rules []rule // the last that matches a file counts
}

type rule struct {
	pattern *regexp.Regexp // of paths with slashes, below the root of the repository
	owners  []string
}

// ReadOwners reads a CODEOWNERS file. A line that GitHub would pass over too,
// such as one with a range or a negation, is an error, and the others are read.
func ReadOwners(name string) (*Owners, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := &Owners{}
	var problems []error
	lines := bufio.NewScanner(io.LimitReader(f, 3<<20)) // GitHub's own bound
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), " #")
		fields := strings.Fields(text)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") || strings.HasPrefix(fields[0], "[") && len(fields) == 1 {
			continue // the last are sections of GitLab
		}
		pattern, err := compileOwned(fields[0])
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		o.rules = append(o.rules, rule{pattern, fields[1:]})
	}
	return o, errors.Join(append(problems, lines.Err())...)
}

// compileOwned makes a regular expression of a pattern, which follows the rules
// of gitignore without "!", "[" and escapes.
func compileOwned(pattern string) (*regexp.Regexp, error) {
	if strings.ContainsAny(pattern, `![]\`) {
		return nil, fmt.Errorf("pattern %q: \"!\", \"[\" and \"\\\" have no meaning here", pattern)
	}
	// A slash before the end ties the pattern to the root.
	anchored := strings.Contains(strings.TrimSuffix(pattern, "/"), "/")
	dir := strings.HasSuffix(pattern, "/")
	rest := strings.Trim(pattern, "/")
	var b strings.Builder
	b.WriteString("^")
	if !anchored {
		b.WriteString("(?:.*/)?")
	}
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:.*/)?")
			rest = rest[3:]
		case strings.HasPrefix(rest, "**"):
			b.WriteString(".*")
			rest = rest[2:]
		case rest[0] == '*':
			b.WriteString("[^/]*")
			rest = rest[1:]
		case rest[0] == '?':
			b.WriteString("[^/]")
			rest = rest[1:]
		default:
			n := strings.IndexAny(rest+"*", "*?")
			b.WriteString(regexp.QuoteMeta(rest[:n]))
			rest = rest[n:]
		}
	}
	switch {
	case dir:
		b.WriteString("/")
	case strings.HasSuffix(pattern, "/*"):
		b.WriteString("$") // the files of a folder, and not those below
	default:
		b.WriteString("(?:/|$)")
	}
	return regexp.Compile(b.String())
}

// of returns who owns the innermost code of g that is of the module, "" where
// nobody does.
func (o *Owners) of(g *stackparse.Goroutine, module string) string {
	if o == nil {
		return ""
	}
	file, _ := fileIn(g, module)
	if who := o.ofFile(file); file != "" && len(who) > 0 {
		return strings.Join(who, " ") + " (CODEOWNERS)"
	}
	return ""
}

// fileIn is the file of the innermost code of g that is of a module, or of the go
// statement that started it.
func fileIn(g *stackparse.Goroutine, module string) (file string, ok bool) {
	if module == "" {
		return "", false
	}
	for i := range g.Frames {
		if file, ok := fileBelow(g.Frames[i].Func, g.Frames[i].File, module); ok {
			return file, true
		}
	}
	if g.Creator == nil {
		return "", false
	}
	return fileBelow(g.Creator.Func, g.Creator.File, module)
}

// fileBelow is the path of a file below the root of its module. It goes by the
// function's package, since the path that the compiler saw tells nothing.
func fileBelow(fn, file, module string) (string, bool) {
	rest, ok := strings.CutPrefix(stackparse.Package(fn), module)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	file = path.Base(strings.ReplaceAll(file, `\`, "/"))
	return path.Join(strings.TrimPrefix(rest, "/"), file), true
}

// ofFile returns the owners of a file.
func (o *Owners) ofFile(file string) []string {
	for _, r := range slices.Backward(o.rules) {
		if r.pattern.MatchString(file) {
			return r.owners
		}
	}
	return nil
}
