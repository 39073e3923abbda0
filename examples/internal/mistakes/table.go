package main

import (
	"fmt"
	"go/doc/comment"
	"regexp"
	"strings"
)

const indexHead = `<!-- Made by go run ./examples/internal/mistakes; change the examples or its contents.go instead. -->

# Classic mistakes with goroutines

Each folder has the code with the mistake (wrong.go), the code without it (right.go), and their tests.
doc.go says what is wrong and why. If the mistake leaks goroutines, a test leaks them, and report.txt is what
leakcheck prints then. The last column has the ids of the causes; ` + "`leakcheck explain CAUSE`" + ` says more about
each. If it leaks none, doc.go says what finds the mistake instead. The last part has code without a mistake,
to start from.

The leaking tests run with the tag leaky:

    go test -tags leaky ./examples/earlyreturn
`

// table makes the table of contents of the examples in a folder. What is wrong
// with the package comment of one is an error.
func table(dir string, parts []part) (string, error) {
	var b strings.Builder
	b.WriteString(indexHead)
	for _, p := range parts {
		fmt.Fprintf(&b, "\n## %s\n\n| Example | %s | Causes |\n| --- | --- | --- |\n", p.title, p.entries)
		for _, e := range p.examples {
			x, err := read(dir, e)
			if err != nil {
				return "", err
			}
			if err := x.check(); err != nil {
				return "", fmt.Errorf("%s: %w", e.name, err)
			}
			fmt.Fprintf(&b, "| [%s](%s) | %s | %s |\n", e.name, e.name, e.title, spans(x.causes))
		}
	}
	return b.String(), nil
}

// check compares the package comment with the code: its excerpts stand in the
// example's own files like that, and its links lead to a declaration.
func (x *example) check() error {
	doc, err := x.doc()
	if err != nil {
		return err
	}
	p := comment.Printer{HeadingLevel: 2, HeadingID: func(*comment.Heading) string { return "" }}
	excerpt := false
	for _, block := range doc.Content {
		if c, ok := block.(*comment.Code); ok && excerpt {
			if err := checkExcerpt(c.Text, x.sources()); err != nil {
				return err
			}
		}
		text := string(p.Markdown(&comment.Doc{Content: []comment.Block{block}}))
		excerpt = text == "WRONG\n" || text == "RIGHT\n"
		if m := unresolved.FindStringSubmatch(text); m != nil {
			name := strings.ReplaceAll(m[1], `\`, "")
			return fmt.Errorf("doc.go: %s is no declaration; consider the name without brackets", name)
		}
	}
	return nil
}

// unresolved finds what would have been a link if a declaration had that name.
// The printer puts the backslashes before a bracket and an asterisk of the text.
var unresolved = regexp.MustCompile(`(?:^|\W)\\(\[(?:\\\*)?(?:\w+\.)*[A-Z]\w*\])`)

// spans makes a list of code spans.
func spans(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}
