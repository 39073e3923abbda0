package repocheck_test

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// TestAPI compares the exported API of each public package with its record in
// internal/repocheck/api, one declaration, field or method a line. A line that is
// gone or changed can break the build of a user: record it with -update only if
// that is meant, and tell users in CHANGELOG.md what to change.
func TestAPI(t *testing.T) {
	t.Parallel()
	const folder = "internal/repocheck/api/"
	known := map[string]bool{}
	for _, dir := range publicPackages(t) {
		file := strings.ReplaceAll(dir, "/", "-") + ".txt"
		known[file] = true
		got := strings.Join(exportedAPI(t, dir), "\n") + "\n"
		golden.Compare(t, folder+file, got)
	}
	records, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, r := range records {
		assert.True(t, known[r.Name()], "%s: the package is gone", r.Name())
	}
}

// exportedAPI returns the exported declarations of a package, sorted.
func exportedAPI(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	require.NoError(t, err)
	lines := map[string]bool{} // files of several systems declare the same
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range f.Decls {
			for _, line := range declared(decl) {
				lines[line] = true
			}
		}
	}
	sorted := make([]string, 0, len(lines))
	for line := range lines {
		sorted = append(sorted, line)
	}
	slices.Sort(sorted)
	return sorted
}

// declared returns a line for each exported name of a declaration.
func declared(decl ast.Decl) (lines []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
			lines = append(lines, source(&ast.FuncDecl{Recv: d.Recv, Name: d.Name, Type: d.Type}))
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						line := d.Tok.String() + " " + name.Name
						if s.Type != nil {
							line += " " + source(s.Type)
						}
						lines = append(lines, line)
					}
				}
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					lines = append(lines, declaredType(s)...)
				}
			}
		}
	}
	return lines
}

// declaredType returns a line for a type and one for each exported field, or
// method of an interface.
func declaredType(s *ast.TypeSpec) []string {
	kind, fields := "", (*ast.FieldList)(nil)
	switch x := s.Type.(type) {
	case *ast.StructType:
		kind, fields = "struct", x.Fields
	case *ast.InterfaceType:
		kind, fields = "interface", x.Methods
	default:
		kind = source(x)
	}
	name := s.Name.Name
	if s.TypeParams != nil {
		params := source(&ast.FuncType{TypeParams: s.TypeParams, Params: &ast.FieldList{}})
		name += strings.TrimSuffix(strings.TrimPrefix(params, "func"), "()")
	}
	if s.Assign.IsValid() {
		kind = "= " + kind
	}
	lines := []string{"type " + name + " " + kind}
	if fields == nil {
		return lines
	}
	for _, field := range fields.List {
		if len(field.Names) == 0 { // embedded
			lines = append(lines, "type "+s.Name.Name+" "+kind+", "+source(field.Type))
		}
		for _, name := range field.Names {
			switch {
			case name.IsExported():
				lines = append(lines, "type "+s.Name.Name+" "+kind+", "+name.Name+" "+source(field.Type))
			case kind == "interface":
				lines = append(lines, "type "+s.Name.Name+" interface, unexported methods")
			}
		}
	}
	return lines
}

// receiver returns the name of a method's type.
func receiver(x ast.Expr) string {
	name, _, _ := strings.Cut(types.ExprString(x), "[")
	return strings.TrimPrefix(name, "*")
}

// source prints a node on one line.
func source(node any) string {
	var b bytes.Buffer
	if err := format.Node(&b, token.NewFileSet(), node); err != nil {
		return err.Error()
	}
	// A list that was broken into lines becomes one without.
	return strings.NewReplacer("( ", "(", ", )", ")").Replace(strings.Join(strings.Fields(b.String()), " "))
}

// TestExportedAPI shows what becomes a line of the record.
func TestExportedAPI(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "a.go", `package a

// Comments and values do not count.
const Max = 1

var Err, hidden error

type Pair[K comparable, V any] struct {
	Key K // a key
	V   V
	at  int
	fmt.Stringer
}

type Option interface{ apply(*config) }

type Func = func(a, b int) error

func (p *Pair[K, V]) Swap(n int) (err error) { return nil }

func (c *config) Exported() {}

func New(
	a string,
	b ...Option,
) *Pair[string, int] {
	return nil
}
`)
	assert.Equal(t, []string{
		"const Max",
		"func (p *Pair[K, V]) Swap(n int) (err error)",
		"func New(a string, b ...Option) *Pair[string, int]",
		"type Func = func(a, b int) error",
		"type Option interface",
		"type Option interface, unexported methods",
		"type Pair struct, Key K",
		"type Pair struct, V V",
		"type Pair struct, fmt.Stringer",
		"type Pair[K comparable, V any] struct",
		"var Err error",
	}, exportedAPI(t, dir))
}
