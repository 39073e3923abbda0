package migrate

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// finish applies the edits of the sites that are rewritten, fixes the imports,
// and adds the file to the changes.
func (f *file) finish(r *Result, sites []site) {
	var edits []edit
	left := map[string]bool{} // checkers that are still used
	for _, s := range sites {
		if s.why != "" {
			left[s.lib] = true
			continue
		}
		edits = append(edits, s.edits...)
	}
	if len(edits) == 0 {
		return
	}
	edits = append(edits, f.imports(edits, left)...)
	out := f.apply(edits)
	formatted, err := format.Source(out)
	if err != nil {
		// It would be a fault of this package; the file stays as it is.
		r.Left = append(r.Left, Left{f.path, 1, "not rewritten", "the result is not Go, please report this: " + err.Error()})
		return
	}
	if bytes.Contains(f.src, []byte("\r\n")) {
		formatted = bytes.ReplaceAll(bytes.ReplaceAll(formatted, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	}
	r.Changes = append(r.Changes, Change{f.path, f.src, formatted})
}

// apply returns the source with edits, which do not overlap. Where one ends at the
// place where another begins, they stay in this order.
func (f *file) apply(edits []edit) []byte {
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.end, b.end))
	})
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, f.src[at:f.offset(e.pos)]...), e.text...)
		at = f.offset(e.end)
	}
	return append(out, f.src[at:]...)
}

// imports are the edits of the import declarations: ours come in the place of
// the first checker that goes, or behind the first that stays.
func (f *file) imports(edits []edit, left map[string]bool) []edit {
	specs := slices.SortedFunc(maps.Keys(f.checkers),
		func(a, b *ast.ImportSpec) int { return cmp.Compare(a.Pos(), b.Pos()) })
	lines := f.newImports(edits)
	var result []edit
	for _, spec := range specs {
		decl := f.declOf(spec)
		text := strings.Join(lines, "\n")
		stays := left[f.checkers[spec].name]
		switch {
		case stays && text == "":
		case stays && decl.Lparen.IsValid():
			result = append(result, edit{spec.End(), spec.End(), "\n" + text})
		case stays:
			result = append(result, edit{decl.End(), decl.End(), "\nimport (\n" + text + "\n)"})
		case text == "" && len(decl.Specs) == 1:
			result = append(result, edit{decl.Pos(), decl.End(), ""})
		case !decl.Lparen.IsValid() && len(lines) > 1:
			result = append(result, edit{spec.Pos(), spec.End(), "(\n" + text + "\n)"})
		default:
			result = append(result, edit{spec.Pos(), spec.End(), text})
		}
		lines = nil
	}
	return result
}

func (f *file) declOf(spec *ast.ImportSpec) *ast.GenDecl {
	for _, d := range f.tree.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.IMPORT && slices.Contains(d.Specs, ast.Spec(spec)) {
			return d
		}
	}
	panic("an import without a declaration")
}

// newImports are the import specs, in the order that gofmt gives them, for those of our packages that edits use and
// the file does not import yet.
func (f *file) newImports(edits []edit) []string {
	var lines []string
	for _, pkg := range []string{filtersPath, checkPath} {
		if have, ok := f.names[pkg]; ok && have != "_" {
			continue
		}
		name := f.packageName(pkg)
		if !slices.ContainsFunc(edits, func(e edit) bool { return strings.Contains(e.text, name+".") }) {
			continue
		}
		line := strconv.Quote(pkg)
		if name != path.Base(pkg) {
			line = name + " " + line
		}
		lines = append(lines, line)
	}
	return lines
}
