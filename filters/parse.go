package filters

import (
	"fmt"
	"strconv"
	"strings"
)

// Bounds of an expression, which may come from a file or a command line.
const (
	maxExpression = 64 << 10 // bytes
	maxDepth      = 1000     // nested ! and (
)

// Parse reads an expression: see the package comment for its grammar. Every
// filter that the functions of this package make can be read back from its
// String, up to the bounds of 64 KiB and 1,000 nested parentheses.
//
// The error is a [*SyntaxError], which shows the place.
func Parse(expr string) (Filter, error) {
	p := &parser{expr: expr}
	if len(expr) > maxExpression {
		return Filter{}, p.errorAt(0, "the expression has %d bytes; the limit is %d", len(expr), maxExpression)
	}
	f, err := p.or()
	if err != nil {
		return Filter{}, err
	}
	if p.pos < len(expr) {
		return Filter{}, p.unexpected()
	}
	return f, nil
}

// MustParse is [Parse] for an expression that is a constant of the program; it
// panics on an error.
func MustParse(expr string) Filter {
	f, err := Parse(expr)
	if err != nil {
		panic(err.Error())
	}
	return f
}

// parser reads expr from left to right by recursive descent: or, and, unary,
// term. Each method leaves pos at the first byte that is not white space after
// what it read.
type parser struct {
	expr  string
	pos   int
	depth int
}

func (p *parser) errorAt(pos int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Expr: p.expr, Offset: pos, Msg: fmt.Sprintf(format, args...)}
}

func (p *parser) rest() string { return p.expr[p.pos:] }

func (p *parser) space() {
	p.pos += len(p.rest()) - len(strings.TrimLeft(p.rest(), " \t\r\n"))
}

// take reads token, if it is next.
func (p *parser) take(token string) bool {
	if !strings.HasPrefix(p.rest(), token) {
		return false
	}
	p.pos += len(token)
	p.space()
	return true
}

func (p *parser) or() (Filter, error) { return p.list("||", (*parser).and, Any) }

func (p *parser) and() (Filter, error) { return p.list("&&", (*parser).unary, All) }

// list reads operands with the operator between them.
func (p *parser) list(
	operator string, operand func(*parser) (Filter, error), join func(...Filter) Filter,
) (Filter, error) {
	var fs []Filter
	for {
		f, err := operand(p)
		if err != nil {
			return Filter{}, err
		}
		if fs = append(fs, f); !p.take(operator) {
			return join(fs...), nil
		}
	}
}

func (p *parser) unary() (Filter, error) {
	p.space()
	start := p.pos
	p.depth++ // ! and ( come through here, and nothing else nests
	defer func() { p.depth-- }()
	switch {
	case p.depth > maxDepth:
		return Filter{}, p.errorAt(start, "the expression nests deeper than %d", maxDepth)
	case p.take("!"):
		f, err := p.unary()
		if err != nil {
			return Filter{}, err
		}
		return Not(f), nil
	case p.take("("):
		f, err := p.or()
		if err != nil {
			return Filter{}, err
		}
		if !p.take(")") {
			if p.pos < len(p.expr) {
				return Filter{}, p.unexpected()
			}
			return Filter{}, p.errorAt(start, "this parenthesis has no end; write ) where it belongs")
		}
		return f, nil
	}
	return p.term()
}

// unexpected says what is wrong with text where an operator could stand.
func (p *parser) unexpected() *SyntaxError {
	switch rest := p.rest(); {
	case rest[0] == ')':
		return p.errorAt(p.pos, "this parenthesis has no beginning")
	case rest[0] == '&' || rest[0] == '|':
		return p.errorAt(p.pos, "operators are &&, || and !")
	// file:/src/shop.go is read as the expression /src/ and a rest.
	case p.pos > 0 && p.expr[p.pos-1] == '/':
		return p.errorAt(p.pos, "text after the end of a regular expression; write a path that begins with / in quotes, "+
			`and a / within the expression as \/`)
	}
	return p.errorAt(p.pos, "expected && or || before this; write a value with spaces in quotes")
}

// aliases are other names of a field.
var aliases = map[string]string{"function": "any"}

// meant maps what people write to the field that they look for.
var meant = map[string]string{
	"func": "any", "fn": "any", "stack": "any", "frame": "any", "creator": "created-by", "createdby": "created-by",
	"pkg": "package", "status": "state", "age": "wait", "labels": "label", "goroutine": "id", "catalogue": "known",
}

const fieldList = "the fields are top, any, created-by, started-in, package, file, state, label, id, wait, cause, " +
	"test, known and module"

// term reads field:value.
func (p *parser) term() (Filter, error) {
	start := p.pos
	name := fieldName(p.rest())
	p.pos += len(name)
	if !strings.HasPrefix(p.rest(), ":") {
		p.pos = start
		return Filter{}, p.noField(name)
	}
	// String prints one name for a field, and errors do too.
	if alias, ok := aliases[name]; ok {
		name = alias
	}
	p.pos++
	if p.pos == len(p.expr) || strings.IndexByte(" \t\r\n)", p.expr[p.pos]) >= 0 {
		return Filter{}, p.errorAt(p.pos, "expected a value directly after %s:", name)
	}
	f, err := p.value(name, start)
	p.space()
	return f, err
}

// value reads what follows the colon of the field name, which starts at start.
func (p *parser) value(name string, start int) (Filter, error) {
	switch name {
	case "id":
		return p.ids(name, ID)
	case "started-in":
		return p.ids(name, StartedIn)
	case "wait":
		return p.wait()
	case "label":
		return p.label()
	}
	_, isText := fields[name]
	if !isText && name != "known" && name != "module" {
		if better, ok := meant[strings.ToLower(name)]; ok {
			return Filter{}, p.errorAt(start, "no field is called %s; did you mean %s:", name, better)
		}
		return Filter{}, p.errorAt(start, "no field is called %s; %s", name, fieldList)
	}
	at := p.pos
	v, err := p.text()
	if err != nil {
		return Filter{}, err
	}
	var f Filter
	var problem string
	switch {
	case !isText && v.kind == expression:
		problem = name + ": takes a whole name"
	case !isText:
		f, problem = newKnown(inExpression, name, v.text)
	case v.kind == expression:
		f, problem = newRegexp(name, v.text)
	default:
		f, problem = newTerm(inExpression, name, v.text)
	}
	if problem != "" {
		return Filter{}, p.errorAt(at, "%s", problem)
	}
	return f, nil
}

// newRegexp makes the term name:re:"source".
func newRegexp(name, source string) (Filter, string) {
	m, problem := compileRegexp(source)
	if problem != "" {
		return Filter{}, problem
	}
	t := term{field: name, value: source, kind: expression, match: m}
	return Filter{&node{term: t, expr: name + ":re:" + strconv.Quote(source), eval: fields[name].ask(m)}}, ""
}

// fieldName returns the letters and hyphens that text starts with.
func fieldName(text string) string {
	end := strings.IndexFunc(text,
		func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '-') })
	if end < 0 {
		end = len(text)
	}
	return text[:end]
}

// noField says what is wrong where a term should begin with word.
func (p *parser) noField(word string) *SyntaxError {
	switch rest := p.rest(); {
	case rest == "":
		return p.errorAt(p.pos, "expected a term here, for example created-by:shop.New")
	case word == "":
		return p.errorAt(p.pos, "expected a field and its value here, for example created-by:shop.New")
	case word == "none" && len(rest) == len(word): // which String wrote
		return p.errorAt(p.pos, "none is not an expression: it stands for the zero Filter")
	default:
		end := strings.IndexAny(rest, " \t\r\n)|&")
		if end < 0 {
			end = len(rest)
		}
		return p.errorAt(p.pos, "expected a field before the value, for example any:%s; %s", rest[:end], fieldList)
	}
}
