package inject

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRewrite(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, reason string
		src, want    string // without the package clause; an empty want is no change
	}{
		{"test", "the common case",
			"import \"testing\"\nfunc TestA(t *testing.T) {\n\tf()\n}",
			"import \"testing\"\nfunc TestA(t *testing.T) { V(t);\n\tf()\n}"},
		{"comment after the brace", "the comment must not swallow the call",
			"import \"testing\"\nfunc TestA(x *testing.T) { // why\n}",
			"import \"testing\"\nfunc TestA(x *testing.T) { V(x); // why\n}"},
		{"no parameter name", "the parameter needs one",
			"import \"testing\"\nfunc TestA(*testing.T) {}",
			"import \"testing\"\nfunc TestA(N *testing.T) { V(N);}"},
		{"blank parameter", "the blank cannot be read",
			"import \"testing\"\nfunc TestA(_ *testing.T) { f() }",
			"import \"testing\"\nfunc TestA(N *testing.T) { V(N); f() }"},
		{"benchmark", "it can leak, too",
			"import tt \"testing\"\nfunc BenchmarkA(b *tt.B) { b.Run(\"x\", func(b *tt.B) {}) }",
			"import tt \"testing\"\nfunc BenchmarkA(b *tt.B) { V(b); b.Run(\"x\", func(b *tt.B) { V(b);}) }"},
		{"subtest", "on several lines",
			"import \"testing\"\nfunc TestA(t *testing.T) {\n\tt.Run(\"x\",\n\t\tfunc(t *testing.T) {\n\t\t})\n}",
			"import \"testing\"\nfunc TestA(t *testing.T) { V(t);\n\tt.Run(\"x\",\n\t\tfunc(t *testing.T) { V(t);\n\t\t})\n}"},
		{"fuzz callback", "each input is a test; without names all parameters need one",
			"import . \"testing\"\nfunc FuzzA(f *F) { f.Fuzz(func(*T, string, []byte) {}) }",
			"import . \"testing\"\nfunc FuzzA(f *F) { f.Fuzz(func(N *T, _ string, _ []byte) { V(N);}) }"},
		{"not a test", "lower case, a helper, a method, a type parameter, another type",
			"import \"testing\"\nfunc Testify(t *testing.T) {}\nfunc TestB(t *testing.T, n int) {}\nfunc (s) TestC(t *testing.T) {}\nfunc TestD(t testing.TB) {}\nfunc TestE[X any](t *testing.T) {}",
			""},
		{"not a subtest", "another Run",
			"import \"testing\"\nfunc f() { s.Run(\"x\", func() {}); s.Run(func(t *testing.T) {}); var _ testing.T }", ""},
		{"no import", "T is not testing's", "type T int\nfunc TestA(t *T) {}", ""},
		{"main", "the usual forms of TestMain",
			"import \"testing\"\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}",
			"import \"testing\"\nfunc TestMain(m *testing.M) { D\n\tos.Exit(R(m))\n}"},
		{"main without exit", "package testing exits",
			"import \"testing\"\nfunc TestMain(m *testing.M) { m.Run(); stop() }",
			"import \"testing\"\nfunc TestMain(m *testing.M) { D R(m); stop() }"},
		{"main with helper", "the helper is in sight",
			"import \"testing\"\nfunc TestMain(m *testing.M) { os.Exit(run(m)) }\nfunc run(x *testing.M) int { defer stop(); code := x.Run(); return code }",
			"import \"testing\"\nfunc TestMain(m *testing.M) { D os.Exit(run(m)) }\nfunc run(x *testing.M) int { defer stop(); code := R(x); return code }"},
		{"main with closure", "m is seen through it",
			"import \"testing\"\nfunc TestMain(m *testing.M) { os.Exit(func() int { return m.Run() }()) }",
			"import \"testing\"\nfunc TestMain(m *testing.M) { D os.Exit(func() int { return R(m) }()) }"},
		{"main over lines", "lines stay, and no semicolon comes of them",
			"import \"testing\"\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.\n\t\tRun())\n}",
			"import \"testing\"\nfunc TestMain(m *testing.M) { D\n\tos.Exit(R(\nm))\n}"},
		{"test named main", "the go command runs it as a test",
			"import \"testing\"\nfunc TestMain(t *testing.T) {}",
			"import \"testing\"\nfunc TestMain(t *testing.T) { V(t);}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := parse("x_test.go", []byte("package p // x\n"+tt.src))
			require.NoError(t, err)
			f.injectMain()
			f.injectTests()
			got := f.result("m/leak")
			if tt.want == "" {
				assert.Empty(t, string(got), tt.reason)
				return
			}
			want := strings.NewReplacer("V(N)", alias+".Verify("+paramName+")", "V(", alias+".Verify(", "R(", alias+".Run(", "N ", paramName+" ", "D", "defer "+alias+".Exit();").Replace(tt.want)
			want = "package p; import " + alias + " \"m/leak\" // x\n" + want
			assert.Equal(t, want, string(got), tt.reason)
			assert.Equal(t, strings.Count(string(f.src), "\n"), strings.Count(string(got), "\n"), "lines stay")
			_, err = parser.ParseFile(token.NewFileSet(), "x_test.go", got, 0)
			assert.NoError(t, err)
		})
	}
}

// Whatever parses as Go still does once it has checks, with as many lines.
func FuzzRewrite(f *testing.F) {
	f.Add("import \"testing\"\nfunc TestA(*testing.T) {}\nfunc TestMain(m *testing.M) {\nm. // x\n\nRun(\n) }")
	f.Add("import . \"testing\"\nfunc FuzzA(f *F) { f.Fuzz(func(_ *T, _, _ string) {}) }")
	f.Fuzz(func(t *testing.T, src string) {
		file, err := parse("x_test.go", []byte("package p\n"+src))
		if err != nil {
			return
		}
		file.injectMain()
		file.injectTests()
		got := file.result("m/leak")
		if got == nil {
			return
		}
		_, err = parser.ParseFile(token.NewFileSet(), "x_test.go", got, 0)
		require.NoError(t, err, "%s", got)
		assert.Equal(t, strings.Count(string(file.src), "\n"), strings.Count(string(got), "\n"))
	})
}
