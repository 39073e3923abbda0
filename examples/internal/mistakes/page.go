package main

import (
	"fmt"
	"go/doc/comment"
	"regexp"
	"strings"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
)

// generated stands at the top of each page.
const generated = "<!-- Made by go run ./examples/internal/mistakes; change the example instead. -->\n\n"

const indexHead = `# Classic mistakes with goroutines

Each is a folder in [examples](../../examples): the code with the mistake, the code without it, and their tests. Where the
mistake leaves goroutines behind, a test leaks them, and the page shows what leakcheck prints then; the last column has the
ids of the causes, of which ` + "`leakcheck explain CAUSE`" + ` says more. Where it leaves none, the page says
what finds the mistake instead. The last part is of code without a mistake, to start from.
`

// pages returns the pages of all examples, by file name.
func pages(dir string, parts []part) (map[string]string, error) {
	all := map[string]string{}
	index := &strings.Builder{}
	index.WriteString(generated + indexHead)
	for _, p := range parts {
		fmt.Fprintf(index, "\n## %s\n\n| Example | %s | Causes |\n| --- | --- | --- |\n", p.title, p.entries)
		for _, e := range p.examples {
			x, err := read(dir, e)
			if err != nil {
				return nil, err
			}
			if all[e.name+".md"], err = x.page(); err != nil {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
			fmt.Fprintf(index, "| [%s](%s.md) | %s | %s |\n", e.name, e.name, e.title, spans(x.causes))
		}
	}
	all["README.md"] = index.String()
	return all, nil
}

// page makes the page of an example.
func (x *example) page() (string, error) {
	doc, err := x.doc()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s%s\n\nFolder: [examples/%s](%s)\n", generated, strings.ToUpper(x.title[:1]), x.title[1:], x.name, x.link(""))
	last := ""
	for _, block := range doc.Content {
		text, err := x.block(block, last == wrongHeading || last == rightHeading)
		if err != nil {
			return "", err
		}
		b.WriteString("\n" + text)
		last = text
	}
	if x.report != "" {
		b.WriteString("\n## What is printed\n\n")
		if len(x.causes) > 0 {
			fmt.Fprintf(&b, "With Go 1.27, `%s` fails with\n\n", x.command())
		}
		b.WriteString(fence("text", x.report))
		for _, cause := range x.causes {
			fmt.Fprintf(&b, "\n`leakcheck explain %s` says more.\n", cause)
		}
	}
	b.WriteString("\n## The code\n")
	for _, name := range x.names() {
		if !strings.HasSuffix(name, "_test.go") || name == "leaky_test.go" || name == hungTest {
			fmt.Fprintf(&b, "\n[%s](%s):\n\n%s", name, x.link(name), fence("go", plain(x.files[name])))
		}
	}
	return b.String(), nil
}

// These are too short for a heading of a comment.
const wrongHeading, rightHeading = "## WRONG\n", "## RIGHT\n"

// block renders a part of the package comment. An excerpt has to stand in the
// example's own files like that.
func (x *example) block(block comment.Block, excerpt bool) (string, error) {
	if c, ok := block.(*comment.Code); ok {
		if !excerpt {
			return fence("", c.Text), nil
		}
		return fence("go", c.Text), checkExcerpt(c.Text, x.sources())
	}
	p := comment.Printer{HeadingLevel: 2, HeadingID: func(*comment.Heading) string { return "" }, DocLinkURL: x.docLink}
	text := string(p.Markdown(&comment.Doc{Content: []comment.Block{block}}))
	if heading := "## " + text; heading == wrongHeading || heading == rightHeading {
		return heading, nil
	}
	if m := unresolved.FindStringSubmatch(text); m != nil {
		return "", fmt.Errorf("doc.go: %s is no declaration; consider the name without brackets", strings.ReplaceAll(m[1], `\`, ""))
	}
	return text, nil
}

// unresolved finds what would have been a link if a declaration had that name.
// The printer puts the backslashes before a bracket and an asterisk of the text.
var unresolved = regexp.MustCompile(`(?:^|\W)\\(\[(?:\\\*)?(?:\w+\.)*[A-Z]\w*\])`)

// docLink is the address of what a name in brackets stands for.
func (x *example) docLink(l *comment.DocLink) string {
	if l.ImportPath != "" {
		return l.DefaultURL("https://pkg.go.dev")
	}
	return x.link(x.declaredIn(l.Recv, l.Name))
}

// link is the address of a file of the example, seen from its page.
func (x *example) link(file string) string {
	return strings.TrimSuffix("../../examples/"+x.name+"/"+file, "/")
}

// hungTest is the name of the file whose test hangs.
const hungTest = "hung_test.go"

// command is what shows the mistake on a user's machine.
func (x *example) command() string {
	if x.files[hungTest] != "" {
		return "go test -tags hung -timeout 30s ./examples/" + x.name
	}
	command := "go test -tags leaky ./examples/" + x.name
	if strings.Contains(strings.Join(x.sources(), ""), `// want "called: `) {
		return leaky.Ancestors + " " + command
	}
	return command
}

// plain is a file without what only this repository's tests need: the marks,
// and the way out of a test that is to leak elsewhere.
func plain(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		b.WriteString(leaky.Unmarked(strings.TrimSuffix(line, "\n")) + "\n")
	}
	text := guard.ReplaceAllString(b.String(), "")
	if strings.Contains(text, "leaky.") {
		return text
	}
	return strings.ReplaceAll(text, "\t\"github.com/leakcheck-go/goroutine/examples/internal/leaky\"\n", "")
}

var guard = regexp.MustCompile(`(?m)^\tif leaky\.\w+\(t\) \{\n\t\treturn\n\t\}\n`)

// fence makes a fenced block.
func fence(language, text string) string {
	return "```" + language + "\n" + strings.TrimRight(text, "\n") + "\n```\n"
}

// spans makes a list of code spans.
func spans(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}
