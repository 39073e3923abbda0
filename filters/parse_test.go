package filters_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expr, want, reason string }{
		{`top:"time.Sleep"`, `top:"time.Sleep"`, "quoted, as String writes it"},
		{"top:`time.Sleep`", `top:"time.Sleep"`, "in back quotes, which a shell's double quotes leave alone"},
		{`top:time.Sleep`, `top:"time.Sleep"`, "a word"},
		{`any:net/http.(*Server).Serve`, `any:"net/http.(*Server).Serve"`, "parentheses of a name"},
		{`(any:net/http.(*Server).Serve)`, `any:"net/http.(*Server).Serve"`, "and the expression's"},
		{`function:shop.F`, `any:"shop.F"`, "another name of the field"},
		{`created-by:shop.New[...]`, `created-by:"shop.New[...]"`, "generics as a dump prints them"},
		{`created-by:shop.*`, `created-by:"shop.*"`, "a wildcard"},
		{`top:shop.F.func*`, `top:"shop.F.func*"`, "closures"},
		{`package:shop/...`, `package:"shop/..."`, "packages below"},
		{`file:shop/pool.go`, `file:"shop/pool.go"`, "a file"},
		{`file:"/home/me/pool.go"`, `file:"/home/me/pool.go"`, "a whole path needs quotes"},
		{`state:select`, `state:"select"`, "a state of one word"},
		{`state:"chan receive (nil chan)"`, `state:"chan receive (nil chan)"`, "a state with spaces"},
		{`label:job=sync`, `label:"job"="sync"`, "words"},
		{`label:"a b"="x=y"`, `label:"a b"="x=y"`, "quoted"},
		{`label:job=""`, `label:"job"=""`, "an empty value"},
		{`label:job=/^s/`, `label:"job"=re:"^s"`, "a regular expression"},
		{`id:18,7`, `id:18,7`, "ids"},
		{`started-in:1`, `started-in:1`, "the creator's id"},
		{`wait:>=5m`, `wait:>=5m`, "at least"},
		{`wait:<90s`, `wait:<1m30s`, "below"},
		{`cause:chan-send`, `cause:"chan-send"`, "a cause"},
		{`test:TestX/a`, `test:"TestX/a"`, "a test"},
		{`known:benign`, `known:"benign"`, "a class of the catalogue"},
		{`module:std`, `module:"std"`, "a module of the catalogue"},
		{`top:/^shop\.\(.*run$/`, `top:re:"^shop\\.\\(.*run$"`, "a regular expression between slashes"},
		{`file:/shop\/pool/`, `file:re:"shop/pool"`, "with a slash in it"},
		{`top:re:"a/b"`, `top:re:"a/b"`, "and as a string, where a slash is nothing special"},
		{`top:shop.F&&id:1||id:2`, `(top:"shop.F" && id:1) || id:2`, "and binds before or; white space is free"},
		{"id:1\n  || id:2 &&\tid:3", `id:1 || (id:2 && id:3)`, "over several lines"},
		{`!id:1 && id:2`, `!(id:1) && id:2`, "not binds before and"},
		{`! ( id:1 || id:2 )`, `!(id:1 || id:2)`, "not of parentheses"},
		{`!!id:1`, `!(!(id:1))`, "twice not"},
		{`((id:1))`, `id:1`, "parentheses without need"},
		{`(id:1 || id:2) || id:3`, `(id:1 || id:2) || id:3`, "grouping is kept"},
	} {
		f, err := Parse(tt.expr)
		require.NoError(t, err, tt.reason)
		assert.Equal(t, tt.want, f.String(), tt.reason)
	}
}

// The message says what to write and the caret stands under the place.
func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ expr, caret, want, reason string }{
		{``, `^`, "expected a term here", "nothing"},
		{`id:1 &&`, `       ^`, "expected a term here", "an operand is missing"},
		{`id:1 & id:2`, `     ^`, "operators are &&, || and !", "one ampersand"},
		{`id:1 id:2`, `     ^`, "expected && or ||", "no operator"},
		{`state:chan receive`, `           ^`, "write a value with spaces in quotes", "a space in a value"},
		{`(id:1`, `^`, "this parenthesis has no end", "open"},
		{`(id:1 id:2)`, `      ^`, "expected && or ||", "no operator in parentheses"},
		{`id:1)`, `    ^`, "this parenthesis has no beginning", "closed"},
		{`func:shop.F`, `^`, "did you mean any:", "another tool's word"},
		{`colour:red`, `^`, "no field is called colour; the fields are top, any,", "no field at all"},
		{`shop.F`, `^`, "for example any:shop.F", "a value without a field"},
		{`"shop.F"`, `^`, "expected a field and its value", "a quoted value without a field"},
		{`none`, `^`, "stands for the zero Filter", "the zero Filter's text"},
		{`state:`, `      ^`, "expected a value directly after state:", "no value"},
		{`state: select`, `      ^`, "expected a value directly after state:", "a space after the colon"},
		{`created-by:"shop.New`, `           ^`, "no closing quote", "a quote is missing"},
		{`top:"\z"`, `    ^`, "an escape that Go does not know", "a bad escape"},
		{`top:shop."F"`, `         ^`, "write the whole value in quotes", "a quote in a word"},
		{`top:/abc`, `    ^`, "ends with /", "an open regular expression"},
		{`file:/home/me/pool.go`, `           ^`, "write a path that begins with / in quotes", "a path without quotes"},
		{`top:/(/`, `    ^`, "missing closing ): `(`", "a bad regular expression"},
		{`top:/a*/`, `    ^`, "matches the empty text", "a regular expression for everything"},
		{`known:/benign/`, `      ^`, "takes a whole name", "a regular expression where none is taken"},
		{`id:0`, `   ^`, `"0"`, "no such id"},
		{`started-in:x`, `           ^`, `for example started-in:18,33`, "no number for a creator"},
		{`id:1,x`, `     ^`, `"x"`, "no number"},
		{`wait:5m`, `     ^`, "wait:>=5m or wait:<5m", "no comparison"},
		{`wait:<=5m`, `     ^`, "wait:>=5m or wait:<5m", "a comparison that would say no more"},
		{`wait:>=soon`, `       ^`, `"soon"`, "no duration"},
		{`label:job`, `      ^`, "label:key=value", "no value"},
		{`label:=x`, `      ^`, "label:key=value", "no key"},
		{`label:job=/(/`, `          ^`, "missing closing )", "a bad regular expression of a label"},
		{`label:" job"=x`, `      ^`, `write "job"`, "a space before the key"},
		{`top:runtime.gopark`, `    ^`, `write the function that called it, for example top:"time.Sleep", or match the state: state:"sleep"`,
			"what constructors refuse, in the words of an expression"},
		{`created-by:shop.F[int]`, `           ^`, `write created-by:"shop.F[...]"`, "a type argument"},
		{`package:shop.(*T)`, `        ^`, `or use any:`, "a method"},
		{`known:bening`, `      ^`, `no entry for "bening"`, "no class"},
		{`known:main`, `      ^`, `did you mean known:"runtime/main"`, "a part of an entry's name"},
	} {
		_, err := Parse(tt.expr)
		var syntax *SyntaxError
		require.ErrorAs(t, err, &syntax, tt.reason)
		lines := strings.Split(err.Error(), "\n")
		require.Len(t, lines, 3, tt.reason)
		assert.Contains(t, lines[0], tt.want, tt.reason)
		assert.Equal(t, "\t"+tt.expr, lines[1], tt.reason)
		assert.Equal(t, "\t"+tt.caret, lines[2], tt.reason)
	}
}

// first is the first line of an error, before the expression.
func first(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	_, err := Parse(strings.Repeat("(", 1<<14) + "id:1" + strings.Repeat(")", 1<<14))
	golden.Words(t, "a stack is not grown by a file", first(err))
	_, err = Parse(strings.Repeat("!", 1<<15) + "id:1")
	golden.Words(t, "many negations", first(err))
	_, err = Parse(strings.Repeat("id:1 || ", 1<<14) + "id:1")
	golden.Words(t, "long", first(err))
	_, err = Parse("top:/" + strings.Repeat("a", 1025) + "/")
	golden.Words(t, "a long expression", first(err))
	_, err = Parse("top:/((a{100}){100}){100}/")
	golden.Words(t, "a short expression of great size", first(err))
	_, err = Parse(strings.Repeat("(", 999) + "id:1" + strings.Repeat(")", 999))
	assert.NoError(t, err, "deep, and within the bound")
}

// A message goes to a terminal, and the expression may come from elsewhere.
func TestSyntaxErrorIsPrintable(t *testing.T) {
	t.Parallel()
	e := &SyntaxError{Expr: "\x1b[2J\u202e" + strings.Repeat("x", 100) + "世!" + strings.Repeat("y", 100), Offset: 110, Msg: "here"}
	lines := strings.Split(e.Error(), "\n")
	assert.Equal(t, "\t..."+strings.Repeat("x", 59)+"世!"+strings.Repeat("y", 59)+"...", lines[1])
	assert.Equal(t, "\t"+strings.Repeat(" ", 63)+"^", lines[2], "columns, not bytes")
	e.Offset = 0
	assert.NotContains(t, e.Error(), "\x1b")
	assert.NotContains(t, e.Error(), "\u202e")
	assert.Contains(t, e.Error(), "\uFFFD[2J\uFFFD")
}

func TestMustParse(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "id:1", MustParse("id:1").String())
	golden.Words(t, "no id", refusal(func() { MustParse("id:x") }))
}

// random makes a filter of the given depth with every constructor.
func random(r *rand.Rand, depth int) Filter {
	names := []string{"time.Sleep", "shop.(*Pool[...]).run", "shop.*", "shop/**.func*", "main.世界", "a/b%2ev2.(*T).M", `x.y"z`, "panic"}
	name := func() string { return names[r.IntN(len(names))] }
	operands := func() []Filter {
		fs := make([]Filter, 1+r.IntN(3))
		for i := range fs {
			fs[i] = random(r, depth-1)
		}
		return fs
	}
	if depth > 0 {
		switch r.IntN(4) {
		case 0:
			return All(operands()...)
		case 1:
			return Any(operands()...)
		case 2:
			return Not(random(r, depth-1))
		}
	}
	return []func() Filter{
		func() Filter { return TopFunction(name()) },
		func() Filter { return AnyFunction(name()) },
		func() Filter { return CreatedBy(name()) },
		func() Filter { return Package([]string{"shop", "shop/...", "a b/c.d"}[r.IntN(3)]) },
		func() Filter { return File([]string{"/home/me/a b.go", "shop/*.go", `x".go`}[r.IntN(3)]) },
		func() Filter { return State([]string{"chan receive (nil chan)", "chan *", "select"}[r.IntN(3)]) },
		func() Filter {
			return Label([]string{"job", "a=b", `"`}[r.IntN(3)], []string{"", "x*", "\x00\n"}[r.IntN(3)])
		},
		func() Filter { return ID(1+r.Int64N(3), 18) },
		func() Filter { return StartedIn(7, 1+r.Int64N(3)) },
		func() Filter { return WaitAtLeast(time.Duration(1 + r.Int64())) },
		func() Filter { return WaitBelow(time.Duration(1+r.IntN(200)) * time.Minute) },
		func() Filter { return Cause([]string{"chan-send", "chan-*"}[r.IntN(2)]) },
		func() Filter { return Test([]string{"TestX/a b", "TestX*", "*/x"}[r.IntN(3)]) },
		func() Filter { return []Filter{Benign(), Known("runtime/main"), KnownModule("std")}[r.IntN(3)] },
		func() Filter {
			return MustParse([]string{`any:/sh[o]p/`, `label:job=/^\//`, `test:re:"a b|\"x\""`, `package:/^sho/`}[r.IntN(4)])
		},
	}[r.IntN(15)]()
}

// subjects are goroutines that random filters tell apart.
func subjects(t testing.TB) []Subject {
	gs, err := stackparse.Parse([]byte(worker + "\n" + shopDump))
	require.NoError(t, err)
	list := []Subject{{Goroutine: &stackparse.Goroutine{ID: 1}}}
	for i := range gs {
		list = append(list, Subject{Goroutine: &gs[i]},
			Subject{Goroutine: &gs[i], Cause: "chan-send", Test: "TestX/a b", Wait: time.Duration(i) * time.Hour})
	}
	return list
}

// What String writes, Parse reads back to an equal filter.
func TestParseReadsString(t *testing.T) {
	t.Parallel()
	all := subjects(t)
	matched := 0
	for seed := range uint64(3000) {
		f := random(rand.New(rand.NewPCG(seed, 1)), 4)
		back, err := Parse(f.String())
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, f.String(), back.String(), "seed %d", seed)
		require.Equal(t, f.NeedsSubject(), back.NeedsSubject(), "seed %d", seed)
		require.Equal(t, TooBroad(f), TooBroad(back), "seed %d", seed)
		require.Equal(t, NeverMatches(f), NeverMatches(back), "seed %d", seed)
		for i, s := range all {
			require.Equal(t, f.MatchSubject(s), back.MatchSubject(s), "%s on subject %d", f, i)
			if f.MatchSubject(s) {
				matched++
				require.Empty(t, NeverMatches(f), "%s matches subject %d", f, i)
			}
		}
	}
	assert.Greater(t, matched, 1000, "the filters match something")
}

// FuzzParse: no input panics, the place of an error lies within it, and what
// is read is written and read back the same.
func FuzzParse(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(random(rand.New(rand.NewPCG(seed, 2)), 3).String())
	}
	for _, expr := range []string{`!(top:/a\/b/ || label:"x"=re:"y") && id:1,2`, "state:chan receive", "wait:<=5m", "((((", "known:std"} {
		f.Add(expr)
	}
	all := subjects(f)
	f.Fuzz(func(t *testing.T, expr string) {
		filter, err := Parse(expr)
		if err != nil {
			var syntax *SyntaxError
			require.True(t, errors.As(err, &syntax))
			require.True(t, 0 <= syntax.Offset && syntax.Offset <= len(expr), "%d", syntax.Offset)
			require.NotEmpty(t, err.Error())
			return
		}
		if len(filter.String()) > 64<<10 {
			return // longer in its canonical form than Parse takes
		}
		back, err := Parse(filter.String())
		require.NoError(t, err)
		require.Equal(t, filter.String(), back.String())
		TooBroad(filter)
		for i, s := range all {
			matches := filter.MatchSubject(s)
			require.Equal(t, matches, back.MatchSubject(s), "subject %d", i)
			require.False(t, matches && NeverMatches(filter) != "", "subject %d: %s", i, NeverMatches(filter))
		}
	})
}
