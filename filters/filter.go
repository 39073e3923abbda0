package filters

import (
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Filter is a predicate over goroutines. Filters are made by the functions of
// this package and are safe for concurrent use. The zero Filter matches nothing;
// [All], [Any] and [Not] panic when they are given it.
type Filter struct{ n *node }

// node is a term, or a combination of nodes. It is never changed once made,
// so filters share it.
type node struct {
	op   op
	args []*node // operands; nil for a term
	term term    // what a term asks, for the analysis in hygiene.go and index.go
	expr string  // the expression that Parse reads back
	eval func(*Subject) truth
}

type op byte

const (
	opTerm op = iota
	opAnd
	opOr
	opNot
)

// term is the question of one field.
type term struct {
	field string
	value string // as written; for a label its value
	kind  valueKind
	match matcher // nil for fields whose value is not a text
}

// truth is the answer of a filter: a fact that the subject does not carry is
// unknown, and unknown stays unknown under not. The values are ordered so that
// and is the least of its operands, or the greatest, and not the negative.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func is(b bool) truth {
	if b {
		return yes
	}
	return no
}

// Subject is a goroutine with what is known about it beyond its dump. A zero
// field is unknown: a term that asks for it neither matches nor, under a not,
// matches.
type Subject struct {
	Goroutine *stackparse.Goroutine // never nil
	Wait      time.Duration         // how long it has waited at least; 0 takes what the dump printed
	Cause     string                // id of the cause that a report names for it
	Test      string                // full name of the test that it belongs to: "TestFetch/empty"
}

// Match reports whether f selects g by what its dump says. A term that asks
// for the cause or the test, which no dump has, does not match: see
// [Filter.MatchSubject].
func (f Filter) Match(g *stackparse.Goroutine) bool {
	return f.n != nil && f.n.eval(&Subject{Goroutine: g}) == yes
}

// MatchSubject reports whether f selects s.
func (f Filter) MatchSubject(s Subject) bool {
	return f.n != nil && f.n.eval(&s) == yes
}

// NeedsSubject reports whether f asks for the cause or the test, so that
// [Filter.Match] on the goroutine alone may not be its last word.
func (f Filter) NeedsSubject() bool { return f.n != nil && f.n.needsSubject() }

func (n *node) needsSubject() bool {
	return n.term.field == "cause" || n.term.field == "test" ||
		slices.ContainsFunc(n.args, (*node).needsSubject)
}

// String returns f as an expression that [Parse] reads back to an equal
// filter: created-by:"shop.FetchAll" && state:"chan send". The zero Filter,
// which no expression makes, is "none".
func (f Filter) String() string {
	if f.n == nil {
		return "none"
	}
	return f.n.expr
}

// All matches a goroutine that every one of fs matches. Without fs it would
// match every goroutine, so it panics.
func All(fs ...Filter) Filter {
	mustFilters("All", "every goroutine", fs)
	return combine(opAnd, " && ", fs, func(args []*node, s *Subject) truth {
		least := yes
		for _, n := range args {
			// Unknown decides nothing yet: a later operand may still say no.
			if least = min(least, n.eval(s)); least == no {
				break
			}
		}
		return least
	})
}

// Any matches a goroutine that at least one of fs matches. Without fs it would
// match none, so it panics.
func Any(fs ...Filter) Filter {
	mustFilters("Any", "no goroutine", fs)
	return combine(opOr, " || ", fs, func(args []*node, s *Subject) truth {
		most := no
		for _, n := range args {
			if most = max(most, n.eval(s)); most == yes {
				break
			}
		}
		return most
	})
}

// Not matches a goroutine that f is known not to match.
func Not(f Filter) Filter {
	mustFilters("Not", "every goroutine", []Filter{f})
	arg := f.n
	// The negative of unknown (0) is unknown: Not does not match either.
	return Filter{&node{op: opNot, args: []*node{arg}, expr: "!(" + arg.expr + ")",
		eval: func(s *Subject) truth { return -arg.eval(s) }}}
}

// combine joins filters by an operator. One operand alone is returned as it is.
func combine(o op, sep string, fs []Filter, eval func([]*node, *Subject) truth) Filter {
	// The text of a single operand has no operator, and must read back to an equal filter.
	if len(fs) == 1 {
		return fs[0]
	}
	args, parts := make([]*node, len(fs)), make([]string, len(fs))
	for i, f := range fs {
		args[i], parts[i] = f.n, f.n.expr
		// Always, so that an expression reads without knowledge of precedence.
		if f.n.op == opAnd || f.n.op == opOr {
			parts[i] = "(" + f.n.expr + ")"
		}
	}
	return Filter{&node{op: o, args: args, expr: strings.Join(parts, sep),
		eval: func(s *Subject) truth { return eval(args, s) }}}
}
