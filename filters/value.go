package filters

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The methods of this file read what stands after the colon of a term.

// ids reads 3,1,2.
func (p *parser) ids(name string, make func(...int64) Filter) (Filter, error) {
	var ids []int64
	at := p.pos
	for _, text := range strings.SplitAfter(p.word(), ",") {
		digits := strings.TrimSuffix(text, ",")
		id, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || id <= 0 {
			return Filter{}, p.errorAt(at, "%q is not a goroutine id; write whole numbers from 1, for example %s:18,33",
				digits, name)
		}
		ids = append(ids, id)
		at += len(text)
	}
	return make(ids...), nil
}

// wait reads >=5m or <90s.
func (p *parser) wait() (Filter, error) {
	at := p.pos
	word := p.word()
	for _, w := range []struct {
		op   string
		make func(time.Duration) Filter
	}{{">=", WaitAtLeast}, {"<", WaitBelow}} {
		text, ok := strings.CutPrefix(word, w.op)
		if !ok {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			if w.op == "<" && strings.HasPrefix(text, "=") { // <=, for which the message below is
				break
			}
			return Filter{}, p.errorAt(at+len(w.op), "%q is not a positive duration; write, for example, 5m or 1h30m",
				text)
		}
		return w.make(d), nil
	}
	return Filter{}, p.errorAt(at, "write wait:>=5m or wait:<5m: dumps have whole minutes, so > and <= "+
		"would add nothing")
}

// label reads key=value.
func (p *parser) label() (Filter, error) {
	at := p.pos
	var key string
	if p.quoteNext() {
		var err error
		if key, err = p.quoted(); err != nil {
			return Filter{}, err
		}
	} else if i := strings.IndexAny(p.rest(), "= \t\r\n\""); i >= 0 && p.rest()[i] == '=' {
		key = p.rest()[:i]
		p.pos += i
	}
	if p.pos == at || !strings.HasPrefix(p.rest(), "=") {
		return Filter{}, p.errorAt(p.pos, "write label:key=value, for example label:job=sync")
	}
	p.pos++
	valueAt := p.pos
	// Before the key is checked, so that errors of the grammar come first.
	v, err := p.text()
	if err != nil {
		return Filter{}, err
	}
	if problem := inExpression.checkKey(key); problem != "" {
		return Filter{}, p.errorAt(at, "%s", problem)
	}
	if v.kind != expression {
		return Label(key, v.text), nil
	}
	m, problem := compileRegexp(v.text)
	if problem != "" {
		return Filter{}, p.errorAt(valueAt, "%s", problem)
	}
	return label(key, term{field: "label", value: v.text, kind: expression, match: m}, "re:"+strconv.Quote(v.text)), nil
}

// text is a value as it was written.
type text struct {
	text string
	kind valueKind // expression, or exact for one that newTerm has still to judge
}

// text reads a value: "quoted", /regular expression/, re:"the same" or a word.
func (p *parser) text() (text, error) {
	if strings.HasPrefix(p.rest(), "/") {
		return p.slashed()
	}
	if p.quoteNext() {
		s, err := p.quoted()
		return text{s, exact}, err
	}
	if strings.HasPrefix(p.rest(), `re:"`) || strings.HasPrefix(p.rest(), "re:`") {
		p.pos += len("re:")
		s, err := p.quoted()
		return text{s, expression}, err
	}
	at := p.pos
	word := p.word()
	if i := strings.IndexAny(word, "\"`"); i >= 0 {
		return text{}, p.errorAt(at+i, "a quote within a value; write the whole value in quotes")
	}
	return text{word, exact}, nil
}

func (p *parser) quoteNext() bool {
	// A single quote makes a rune in Go, not a text.
	return p.rest() != "" && (p.rest()[0] == '"' || p.rest()[0] == '`')
}

// quoted reads a Go string literal.
func (p *parser) quoted() (string, error) {
	literal, err := strconv.QuotedPrefix(p.rest())
	if err != nil {
		return "", p.errorAt(p.pos, "not a complete Go string: it has no closing quote, or an escape that "+
			"Go does not know")
	}
	p.pos += len(literal)
	return strconv.Unquote(literal)
}

// slashed reads /source/, in which \/ stands for a slash.
func (p *parser) slashed() (text, error) {
	start := p.pos
	for i := start + 1; i < len(p.expr); i++ {
		switch p.expr[i] {
		case '\\': // whatever follows does not end the expression
			i++
		case '/':
			p.pos = i + 1
			return text{strings.ReplaceAll(p.expr[start+1:i], `\/`, "/"), expression}, nil
		}
	}
	return text{}, p.errorAt(start, "a value that begins with / is a regular expression and ends with /; "+
		"write a path in quotes")
}

// word reads up to white space, an operator, or a parenthesis that the word
// did not open: names have parentheses of their own, as in net/http.(*Server).
func (p *parser) word() string {
	rest, open := p.rest(), 0
	end := slices.IndexFunc([]byte(rest), func(b byte) bool {
		switch b {
		case '(':
			open++
		case ')':
			open--
		}
		return open < 0 || strings.IndexByte(" \t\r\n", b) >= 0
	})
	if end < 0 {
		end = len(rest)
	}
	// Without spaces around it, an operator ends a word as well.
	for _, operator := range []string{"&&", "||"} {
		if i := strings.Index(rest[:end], operator); i >= 0 {
			end = i
		}
	}
	p.pos += end
	return rest[:end]
}
