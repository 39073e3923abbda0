package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestHeld(t *testing.T) {
	t.Parallel()
	field := source.Lock{Name: "m.x/a.(*S).mu", Path: "s.mu", Field: true, First: true}
	for _, tt := range []struct {
		text   string
		want   []source.Lock
		reason string
	}{
		{"func (s *S) f() {\n s.mu.Lock()\n g() // here\n}", []source.Lock{field}, "locked before"},
		{"func (s *S) f() {\n s.mu.Lock()\n defer s.mu.Unlock()\n g() // here\n}", []source.Lock{field}, "unlocked at the end"},
		{"func (s *S) f() {\n s.mu.Lock()\n s.mu.Unlock()\n g() // here\n}", nil, "unlocked before"},
		{"func (s *S) f() {\n g() // here\n s.mu.Lock()\n}", nil, "locked after"},
		{"func (s *S) f() {\n s.mu.Lock() // here\n}", nil, "being locked"},
		{"func (s *S) f() {\n s.mu.RLock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.(*S).mu", Path: "s.mu", Field: true, First: true, Read: true}}, "for reading"},
		{"func (s *S) f() {\n if x {\n  s.mu.Lock()\n }\n g() // here\n}", nil, "perhaps locked"},
		{"func (s *S) f() {\n s.mu.Lock()\n if x {\n  s.mu.Unlock()\n  return\n }\n g() // here\n}", []source.Lock{field}, "unlocked on another way"},
		{"func (s *S) f() {\n s.mu.Lock()\n for {\n  switch {\n  case x:\n   g() // here\n  }\n }\n}", []source.Lock{field}, "deep inside"},
		{"func (s *S) f() {\n s.mu.Lock()\n select {\n case <-x:\n  g() // here\n }\n}", []source.Lock{field}, "in a case"},
		{"func (s *S) f() {\n s.mu.Lock()\n go func() {\n  g() // here\n }()\n}", nil, "a literal runs on its own"},
		{"func (s *S) f() {\n go func() {\n  s.mu.Lock()\n  g() // here\n }()\n}", []source.Lock{{Name: "m.x/a.(*S).mu", Path: "s.mu", Field: true}},
			"a literal has the receiver by another way"},
		{"func f(b B, s *S) {\n s.mu.Lock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.(*S).mu", Path: "s.mu", Field: true}}, "the second parameter"},
		{"func (*S) f(s *S) {\n s.mu.Lock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.(*S).mu", Path: "s.mu", Field: true}}, "the first, behind a receiver without a name"},
		{"func f(s *S) {\n s.mu.Lock()\n g() // here\n}", []source.Lock{field}, "the first"},
		{"func f(mu *sync.Mutex) {\n mu.Lock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.f.mu", Path: "mu", First: true, Param: true}}, "a parameter itself"},
		{"func f() {\n var mu sync.Mutex\n mu.Lock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.f.mu", Path: "mu"}}, "a variable of the function"},
		{"var mu sync.Mutex\nfunc f() {\n mu.Lock()\n g() // here\n}", []source.Lock{{Name: "m.x/a.mu", Path: "mu"}}, "a variable of the package"},
		{"func f() {\n defer wg.Done()\n g() // here\n}", []source.Lock{{Name: "m.x/a.wg", Path: "wg", Done: true}}, "a Done to come"},
	} {
		file, line := program(t, tt.text)
		got, ok := new(source.Tree).Held(&stackparse.Frame{Func: "m.x/a.f", File: file, Line: line})
		assert.True(t, ok, tt.reason)
		assert.ElementsMatch(t, tt.want, got, tt.reason)
	}
	file, line := program(t, "func f() {\n g() // here\n}")
	for _, f := range []stackparse.Frame{
		{Func: "m.x/a.f", File: "absent.go", Line: 1}, {Func: "m.x/a.f", File: file, Line: 1}, {Func: "sync.f", File: "sync/x.go", Line: line},
	} {
		_, ok := new(source.Tree).Held(&f)
		assert.False(t, ok, "%v", f)
	}
	_, ok := (*source.Tree)(nil).Held(&stackparse.Frame{Func: "m.x/a.f", File: file, Line: line})
	assert.False(t, ok, "no tree")
}

func TestWanted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want, reason string }{
		{"func (s *S) f() {\n s.mu.Lock() // here\n}", "m.x/a.(*S).mu", "a Lock"},
		{"func (s *S) f() {\n s.in.mu.RLock() // here\n}", "m.x/a.(*S).in.mu", "a field of a field"},
		{"func f() {\n wg.Wait() // here\n}", "m.x/a.wg", "a Wait"},
		{"func f() {\n once.Do(g) // here\n}", "m.x/a.once", "a Do"},
		{"func f() {\n mu.Unlock() // here\n}", "", "it does not wait"},
		{"func f() {\n a.Lock(); b.Lock() // here\n}", "", "it may be either"},
		{"func f() {\n lock() // here\n}", "", "no method"},
	} {
		file, line := program(t, tt.text)
		got, ok := new(source.Tree).Wanted(&stackparse.Frame{Func: "m.x/a.f", File: file, Line: line})
		assert.Equal(t, tt.want, got.Name, tt.reason)
		assert.Equal(t, tt.want != "", ok, tt.reason)
	}
}

func TestOnReceiver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   bool
		reason string
	}{
		{"func (s *S) f() {\n s.size() // here\n}", true, "its own"},
		{"func (s *S) f(o *S) {\n o.size() // here\n}", false, "another's"},
		{"func (s *S) f(o *S) {\n g(s.size(), o.size()) // here\n}", false, "either"},
		{"func (s *S) f() {\n s.next.size() // here\n}", false, "a field's"},
		{"func f(s *S) {\n s.size() // here\n}", false, "no method"},
	} {
		file, line := program(t, tt.text)
		assert.Equal(t, tt.want, new(source.Tree).OnReceiver(&stackparse.Frame{Func: "m.x/a.f", File: file, Line: line}, "size"), tt.reason)
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, want string
		line       int
		reason     string
	}{
		{"func f() {\n wg.Go(func() { h() }) // here\n}", "m.x/a.f", 4, "on one line"},
		{"func f() {\n run(func() { h() }, func() { h() }) // here\n}", "m.x/a.f", 4, "either of two: they begin on the same line"},
		{"func f() {\n go func() {\n  each(func() { h() }) // here\n }()\n}", "m.x/a.f", 4, "the outer one: the name has one literal"},
		{"func f() {\n wg.Go(func() {\n  g()\n  h() // here\n })\n}", "m.x/a.f", 4, "given to Go"},
		{"func (s *S) f() {\n go func() {\n  h() // here\n }()\n}", "m.x/a.(*S).f", 4, "in a method"},
		{"func (s S[T]) f() {\n go func() {\n  h() // here\n }()\n}", "m.x/a.S[...].f", 4, "in a generic method"},
		{"func f() {\n h() // here\n}", "", 0, "no literal"},
		{"var f = func() {\n h() // here\n}", "", 0, "in no function"},
		{"var f = func() {\n wg.Go(func() {\n  h() // here\n })\n}", "m.x/a.init", 4, "in the literal of a variable"},
		{"var f = map[string]func(){\n \"a\": func() {\n  wg.Go(func() {\n   h() // here\n  })\n },\n}", "m.x/a.init", 5, "in one of several"},
		{"var f = run(func() {\n h() // here\n})", "", 0, "given to a function, by no function"},
	} {
		file, line := program(t, tt.text)
		fn, at, ok := new(source.Tree).Literal(&stackparse.Frame{Func: "m.x/a.x.func1", File: file, Line: line})
		assert.Equal(t, tt.want != "", ok, tt.reason)
		assert.Equal(t, tt.want, fn, tt.reason)
		assert.Equal(t, tt.line, at, tt.reason)
	}
}
