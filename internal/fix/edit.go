package fix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"slices"
	"strings"
)

// edit replaces a part of the text of a file.
type edit struct {
	file     *file
	pos, end int // offsets
	text     string
}

// errOverlap says that changes touch the same place.
var errOverlap = errors.New("it changes the same lines as another change")

// File is a file with changes.
type File struct {
	Path string // absolute
	Name string // below the folder of the module, with slashes
	Old  []byte // as it is on disk
	New  []byte
}

// Apply returns the files that candidates change together, in the order of their
// names.
func Apply(all ...Candidate) ([]File, error) {
	byFile := map[*file][]edit{}
	for _, c := range all {
		for _, e := range c.edits {
			if !slices.Contains(byFile[e.file], e) {
				byFile[e.file] = append(byFile[e.file], e)
			}
		}
	}
	var files []File
	for f, edits := range byFile {
		text, err := f.apply(edits)
		if err != nil {
			return nil, err
		}
		files = append(files, File{f.path, f.rel, f.disk, text})
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

// apply returns the file with edits, in the form of gofmt where it has that now.
func (f *file) apply(edits []edit) ([]byte, error) {
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.end, b.end))
	})
	var out []byte
	at := 0
	for _, e := range edits {
		if e.pos < at {
			return nil, errOverlap
		}
		out = append(append(out, f.text[at:e.pos]...), e.text...)
		at = e.end
	}
	out = append(out, f.text[at:]...)
	formatted, err := format.Source(out)
	if err != nil {
		return nil, fmt.Errorf("the change of %s is not Go: %w", f.rel, err)
	}
	if now, err := format.Source(f.text); err == nil && bytes.Equal(now, f.text) {
		out = formatted
	}
	if f.crlf() {
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	return out, nil
}

// Lines are whole lines of a file, at least one, that become others.
type Lines struct {
	First, Last int // numbers in the file as it is
	Text        string
}

// Lines returns what of a file is changed, from the top. Where lines are added, one
// next to them becomes itself and these, as the suggestions of GitHub want it.
func (f *File) Lines() []Lines {
	before, after := bytes.SplitAfter(f.Old, []byte("\n")), bytes.SplitAfter(f.New, []byte("\n"))
	all := changed(before, after, 1)
	for i := range all {
		switch l := &all[i]; {
		case l.First <= l.Last:
		case l.First > 1:
			l.First--
			l.Text = string(before[l.First-1]) + l.Text
		default:
			l.Last++
			l.Text += string(before[0])
		}
	}
	return all
}

// changed compares lines by the longest that are the same, as files have few changes.
func changed(a, b [][]byte, first int) []Lines {
	n := 0
	for n < len(a) && n < len(b) && bytes.Equal(a[n], b[n]) {
		n++
	}
	a, b, first = a[n:], b[n:], first+n
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a)+len(b) == 0 {
		return nil
	}
	if i, j, same := longest(a, b); same > 0 {
		return append(changed(a[:i], b[:j], first), changed(a[i+same:], b[j+same:], first+i+same)...)
	}
	return []Lines{{First: first, Last: first + len(a) - 1, Text: string(bytes.Join(b, nil))}}
}

// longest finds the longest run of lines that a and b share.
func longest(a, b [][]byte) (i, j, n int) {
	run := make([]int, len(b)+1)
	for x := range a {
		for y := len(b) - 1; y >= 0; y-- {
			run[y+1] = 0
			if bytes.Equal(a[x], b[y]) {
				if run[y+1] = run[y] + 1; run[y+1] > n {
					n, i, j = run[y+1], x-run[y], y-run[y]
				}
			}
		}
		run[0] = 0
	}
	return i, j, n
}

// replace gives a node another text.
func (f *file) replace(n ast.Node, text string) edit {
	return edit{f, f.offset(n.Pos()), f.offset(n.End()), text}
}

// replaceLine is an edit of a statement, for which the caller has the text, and of
// the comment behind it, which is to stand where the caller puts it.
func (f *file) replaceLine(n ast.Node) (e edit, comment string) {
	e = f.replace(n, "")
	line, _, _ := bytes.Cut(f.text[e.end:], []byte("\n"))
	if strings.HasPrefix(strings.TrimSpace(string(line)), "//") {
		e.end += len(line)
		comment = string(line)
	}
	return e, comment
}

// indent is the white space before the line of a position.
func (f *file) indent(pos token.Pos) string {
	start := bytes.LastIndexByte(f.text[:f.offset(pos)], '\n') + 1
	line := string(f.text[start:])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// indented puts code, which may have several lines, on lines of their own.
func indented(code, indent string) string { return strings.ReplaceAll(code, "\n", "\n"+indent) }

// after adds a statement behind another one.
func (f *file) after(n ast.Node, code string) edit {
	end := f.offset(n.End())
	indent := f.indent(n.Pos())
	// A comment at the end of the line stays there.
	if i := bytes.IndexByte(f.text[end:], '\n'); i >= 0 {
		if rest := strings.TrimSpace(string(f.text[end : end+i])); rest == "" || strings.HasPrefix(rest, "//") {
			return edit{f, end + i, end + i, "\n" + indent + indented(code, indent)}
		}
	}
	return edit{f, end, end, "\n" + indent + indented(code, indent) + "\n" + indent}
}

// before adds a statement in front of another one.
func (f *file) before(n ast.Node, code string) edit {
	at := f.offset(n.Pos())
	indent := f.indent(n.Pos())
	return edit{f, at, at, indented(code, indent) + "\n" + indent}
}

// top adds a statement as the first of a block.
func (f *file) top(b *ast.BlockStmt, code string) edit {
	at := f.offset(b.Lbrace) + 1
	indent := f.indent(b.Pos()) + "\t"
	if len(b.List) > 0 && f.line(b.List[0].Pos()) != f.line(b.Lbrace) {
		return f.before(b.List[0], code)
	}
	if i := bytes.IndexByte(f.text[at:], '\n'); i >= 0 && strings.TrimSpace(string(f.text[at:at+i])) == "" {
		at += i
		return edit{f, at, at, "\n" + indent + indented(code, indent)}
	}
	return edit{f, at, at, "\n" + indent + indented(code, indent) + "\n"}
}

// bottom adds a statement as the last of a block.
func (f *file) bottom(b *ast.BlockStmt, code string) edit {
	if len(b.List) == 0 {
		return f.top(b, code)
	}
	return f.after(b.List[len(b.List)-1], code)
}

// remove takes a statement away, and the line that it stands on alone.
func (f *file) remove(n ast.Node) edit {
	from, to := f.offset(n.Pos()), f.offset(n.End())
	start := bytes.LastIndexByte(f.text[:from], '\n') + 1
	end := to + bytes.IndexByte(append(f.text[to:len(f.text):len(f.text)], '\n'), '\n')
	if strings.TrimSpace(string(f.text[start:from])) == "" && strings.TrimSpace(string(f.text[to:end])) == "" {
		return edit{f, start, min(end+1, len(f.text)), ""}
	}
	return edit{f, from, to, ""}
}
