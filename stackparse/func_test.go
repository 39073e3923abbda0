package stackparse

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseFunc(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, name string
		want         Func
	}{
		{"a function", "main.main", Func{Package: "main", Name: "main"}},
		{"the one function without a package", "panic", Func{Name: "panic"}},
		{"a method of a pointer", "net/http.(*Server).Serve", Func{Package: "net/http", Receiver: "*Server", Name: "Serve"}},
		{"a method of a value", "main.T.Val", Func{Package: "main", Receiver: "T", Name: "Val"}},
		{"escapes of the linker", "gopkg.in/yaml%2ev3.(*Decoder).Decode", Func{Package: "gopkg.in/yaml.v3", Receiver: "*Decoder", Name: "Decode"}},
		{"a version in the path", "example.com/m@v1.2.3/x%2ey.F", Func{Package: "example.com/m@v1.2.3/x.y", Name: "F"}},
		{"a vendored package", "a/vendor/golang.org/x/sync/errgroup.(*Group).Go.func1",
			Func{Package: "a/vendor/golang.org/x/sync/errgroup", Receiver: "*Group", Name: "Go", Closure: "func1"}},
		{"names are not escaped", "main.世界", Func{Package: "main", Name: "世界"}},
		{"a method value", "main.(*T).Ptr-fm", Func{Package: "main", Receiver: "*T", Name: "Ptr", Closure: "-fm"}},
		{"a closure in a closure", "main.f.func1.2", Func{Package: "main", Name: "f", Closure: "func1.2"}},
		{"a go statement's wrapper", "main.goWrap.gowrap7", Func{Package: "main", Name: "goWrap", Closure: "gowrap7"}},
		{"a defer statement's wrapper", "main.(*T).f.deferwrap1", Func{Package: "main", Receiver: "*T", Name: "f", Closure: "deferwrap1"}},
		{"an init function", "main.init.3", Func{Package: "main", Name: "init.3"}},
		{"a closure of an init function", "main.init.3.func2.1", Func{Package: "main", Name: "init.3", Closure: "func2.1"}},
		{"a closure of an initializer", "main.init.func1", Func{Package: "main", Name: "init", Closure: "func1"}},
		{"the same up to Go 1.20", "main.glob..func1", Func{Package: "main", Name: "glob.", Closure: "func1"}},
		{"the body of a range over a function", "main.init.2.func1.1-range1", Func{Package: "main", Name: "init.2", Closure: "func1.1-range1"}},
		{"a generic function", "main.genericFn[...]", Func{Package: "main", Name: "genericFn", TypeArgs: "..."}},
		{"a closure in a generic function", "main.genericFn[...].func1", Func{Package: "main", Name: "genericFn", TypeArgs: "...", Closure: "func1"}},
		{"a method of a generic type", "main.(*G[...]).Get", Func{Package: "main", Receiver: "*G", ReceiverArgs: "...", Name: "Get"}},
		{"a generic method of Go 1.27", "main.(*Box[...]).Map[...]", Func{Package: "main", Receiver: "*Box", ReceiverArgs: "...", Name: "Map", TypeArgs: "..."}},
		{"a generic method of a value", "main.Box[...].Map[...].func1", Func{Package: "main", Receiver: "Box", ReceiverArgs: "...", Name: "Map", TypeArgs: "...", Closure: "func1"}},
		{"type arguments spelled out", "main.f[go.shape.struct{a/b.T}]", Func{Package: "main", Name: "f", TypeArgs: "go.shape.struct{a/b.T}"}},
		{"an inlined function without a package", "_.goready.func1", Func{Package: "_", Name: "goready", Closure: "func1"}},
		{"a function inlined into a method is not taken apart", "main.g.(*T).m.func1", Func{Package: "main", Name: "g.(*T).m", Closure: "func1"}},
		{"a function whose name looks made up", "main.func1", Func{Package: "main", Name: "func1"}},
		{"C", "non-Go function", Func{Name: "non-Go function"}},
		{"nothing", "", Func{}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			got := ParseFunc(test.name)
			assert.Equal(t, test.want, got, test.name)
			assert.Equal(t, Package(test.name), got.Package)
		})
	}
}

// join puts the parts together again.
func (f Func) join() string {
	var b strings.Builder
	brackets := func(args string) {
		if args != "" {
			b.WriteString("[" + args + "]")
		}
	}
	if f.Receiver != "" {
		receiver, pointer := strings.CutPrefix(f.Receiver, "*")
		if pointer {
			b.WriteString("(*")
		}
		b.WriteString(receiver)
		brackets(f.ReceiverArgs)
		if pointer {
			b.WriteString(")")
		}
		b.WriteString(".")
	}
	b.WriteString(f.Name)
	brackets(f.TypeArgs)
	if f.Closure != "" && f.Closure[0] != '-' {
		b.WriteString(".")
	}
	return b.String() + f.Closure
}

// TestParseFuncLosesNothing puts the name of each function in the corpus
// together again.
func TestParseFuncLosesNothing(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, name := range dumps(t) {
		gs, _ := Parse(readDump(t, name))
		for _, g := range gs {
			for _, f := range g.Frames {
				if seen[f.Func] || strings.HasPrefix(f.Args, "pc=") {
					continue
				}
				seen[f.Func] = true
				_, rest := cutPackage(f.Func)
				parts := ParseFunc(f.Func)
				assert.Equal(t, rest, parts.join(), f.Func)
				assert.False(t, parts.Package == "" && f.Func != "panic", f.Func)
				assert.NotEmpty(t, parts.Name, f.Func)
			}
		}
	}
	assert.Greater(t, len(seen), 400, "functions")
}

func FuzzParseFunc(f *testing.F) {
	for _, name := range []string{"main.main", "a/b%2ec.(*T[...]).F[...].func1.2-range3-fm", "_.x.gowrap1", "main.init.0.func1", "..", "([.])"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		parts := ParseFunc(name)
		assert.Equal(t, Package(name), parts.Package)
		n := len(parts.Package) + len(parts.Receiver) + len(parts.ReceiverArgs) + len(parts.Name) + len(parts.TypeArgs) + len(parts.Closure)
		assert.LessOrEqual(t, n, len(name), "nothing is made up")
	})
}
