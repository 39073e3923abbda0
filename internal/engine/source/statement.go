package source

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// Op is how a statement waits.
type Op int

// The ways to wait for channels.
const (
	Send    Op = iota + 1 // ch <- v
	Receive               // <-ch
	Range                 // for range ch
	Select                // select { ... }
)

// Chan is what the source says about a channel.
type Chan int

// The kinds of channels, as far as their file shows.
const (
	Unknown    Chan = iota
	Unbuffered      // make(chan T)
	Buffered        // make(chan T, n)
	Done            // ctx.Done()
	After           // time.After(d), or the C of a time.Timer
	Ticker          // time.Tick(d), or the C of a time.Ticker
	Signal          // was given to signal.Notify
)

// Timer reports whether the runtime's clock sends on the channel.
func (c Chan) Timer() bool { return c == After || c == Ticker }

// Statement is the statement at which a goroutine waits.
type Statement struct {
	Op      Op
	Chan    Chan   // of Send, Receive and Range, and of a select with one case
	Cases   []Chan // of Select, in order
	Ends    bool   // it is in no loop, or its outermost one can be left
	Stopped bool   // a Ticker or Timer that another function stops
	Place   bool   // of Send: its function takes what it sent back, as from a semaphore
}

// Has reports whether the select has a case for a channel of that kind.
func (s Statement) Has(c Chan) bool { return slices.Contains(s.Cases, c) }

// Waits returns the statement at a line of file that waits for channels, in
// the state that the runtime gives for it: "chan send", "chan receive" or
// "select". The second result is false where the file cannot be read or has
// no such statement there.
//
// The compiler turns a select with one case into that case, so that it shows
// as a send or receive; it is returned as a Select of one case.
func (t *Tree) Waits(file string, line int, state string) (Statement, bool) {
	s := t.syntax(file)
	if s == nil || line < 1 {
		return Statement{}, false
	}
	n := s.waiting(line, state)
	if n == nil {
		return Statement{}, false
	}
	inner, outer := s.function(n)
	if outer == nil {
		return Statement{}, false
	}
	look := scope{s, inner, outer}
	st := Statement{Ends: ends(loopOf(inner, n), n, never)}
	switch n := n.(type) {
	case *ast.SendStmt:
		st.Op, st.Chan = Send, look.chanOf(n.Chan)
		st.Place = takenBack(inner, n)
	case *ast.UnaryExpr:
		st.Op, st.Chan = Receive, look.chanOf(n.X)
		st.Stopped = st.Chan.Timer() && look.stopped(n.X)
	case *ast.RangeStmt:
		st.Op, st.Chan = Range, look.chanOf(n.X)
		st.Stopped = st.Chan.Timer() && look.stopped(n.X)
	case *ast.SelectStmt:
		st.Op = Select
		for _, c := range cases(n) {
			st.Cases = append(st.Cases, look.chanOf(c))
		}
		if len(st.Cases) == 1 {
			st.Chan = st.Cases[0]
		}
	}
	return st, true
}

// waiting returns the node at the line that can be in the state.
func (s *syntax) waiting(line int, state string) (found ast.Node) {
	comm := map[ast.Node]bool{}
	s.inspect(line, func(n ast.Node) {
		fits := false
		switch n := n.(type) {
		case *ast.SelectStmt:
			channels := cases(n)
			if len(channels) == 1 {
				// It is compiled as the plain operation, on the line of its case.
				// With a default it never waits.
				first, ok := n.Body.List[0].(*ast.CommClause)
				fits = state != "select" && len(n.Body.List) == 1 && ok && (s.line(n.Select) == line || s.within(first.Comm, line))
			} else {
				fits = state == "select" && s.line(n.Select) == line
			}
			for _, c := range n.Body.List {
				if clause, ok := c.(*ast.CommClause); ok && clause.Comm != nil {
					// What a case does waits in the select, and not by itself.
					comm[clause.Comm] = true
					comm[operation(clause.Comm)] = true
				}
			}
		case *ast.SendStmt:
			fits = state == "chan send" && (s.line(n.Arrow) == line || s.line(n.Pos()) == line) && !comm[n]
		case *ast.UnaryExpr:
			fits = state == "chan receive" && n.Op == token.ARROW && s.line(n.OpPos) == line && !comm[n]
		case *ast.RangeStmt:
			fits = state == "chan receive" && s.line(n.For) == line
		}
		if fits && found == nil {
			found = n
		}
	})
	return found
}

// operation returns the receive expression in the statement of a case.
func operation(s ast.Stmt) ast.Node {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return ast.Unparen(s.X)
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 {
			return ast.Unparen(s.Rhs[0])
		}
	}
	return s
}

// cases returns the channels of the cases of a select, without the default.
func cases(n *ast.SelectStmt) []ast.Expr {
	var channels []ast.Expr
	for _, c := range n.Body.List {
		if channel := channelOf(c); channel != nil {
			channels = append(channels, channel)
		}
	}
	return channels
}

// channelOf returns the channel that a case of a select waits for, nil for what is
// none, such as the default.
func channelOf(n ast.Node) ast.Expr {
	if clause, ok := n.(*ast.CommClause); ok && clause.Comm != nil {
		switch op := operation(clause.Comm).(type) {
		case *ast.SendStmt:
			return op.Chan
		case *ast.UnaryExpr:
			return op.X
		}
	}
	return nil
}

// scope is where names are looked up.
type scope struct {
	*syntax
	inner ast.Node // the function that waits
	outer ast.Decl // the declaration that it is in
}

// chanOf says what kind of channel an expression is.
func (c scope) chanOf(e ast.Expr) Chan {
	if k := kind(e); k != Unknown {
		return k
	}
	path := name(e)
	if last(path) == "C" && path != "C" {
		if def := c.definition(path[:len(path)-len(".C")], c.outer); def != nil && kind(def) == After {
			return After
		}
		return Ticker
	}
	if path == "" {
		return Unknown
	}
	if c.notified(path) {
		return Signal
	}
	def := c.definition(path, c.outer)
	if def == nil {
		return Unknown
	}
	// The variable was given the channel of a ticker: c := ticker.C.
	if last(name(def)) == "C" {
		return Ticker
	}
	return kind(def)
}

// kind says what an expression makes or returns, without looking further.
func kind(e ast.Expr) Chan {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		// A field or parameter shows its type.
		switch name(e) {
		case "time.Timer":
			return After
		case "time.Ticker":
			return Ticker
		}
		return Unknown
	}
	switch fn := name(call.Fun); {
	case fn == "make":
		return made(call.Args)
	case fn == "time.After" || fn == "time.NewTimer" || fn == "time.AfterFunc":
		return After
	case fn == "time.Tick" || fn == "time.NewTicker":
		return Ticker
	// Done of a WaitGroup has no value to wait for.
	case last(fn) == "Done" && len(call.Args) == 0:
		return Done
	}
	return Unknown
}

// made says what a call of make with these arguments makes.
func made(args []ast.Expr) Chan {
	if len(args) == 0 {
		return Unknown
	}
	if _, ok := args[0].(*ast.ChanType); !ok {
		return Unknown
	}
	if len(args) == 1 {
		return Unbuffered
	}
	if size, ok := args[1].(*ast.BasicLit); ok && size.Value == "0" {
		return Unbuffered
	}
	return Buffered // a size that is computed is more than 0 as a rule
}

// notified reports whether the file gives the channel to signal.Notify.
func (c scope) notified(path string) bool {
	return gosyntax.Has(c.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		// Each method may have another name for what has the field.
		return ok && name(call.Fun) == "signal.Notify" && len(call.Args) > 0 && last(name(call.Args[0])) == last(path)
	})
}

// stopped reports whether another function of the file than the one that
// waits stops the ticker whose channel e is. Stop where the goroutine itself
// defers it comes too late to be a reason.
func (c scope) stopped(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	ticker := last(name(sel.X))
	return gosyntax.Has(c.file, func(n ast.Node) bool {
		if path, method := call(n); method != "Stop" || last(path) != ticker {
			return false
		}
		inner, outer := c.function(n)
		// A variable of that name in another declaration is another ticker. A field is the same one.
		return inner != c.inner && (outer == c.outer || name(sel.X) != ticker)
	})
}

// takenBack reports whether the function that sends takes a value from the same
// channel afterwards, often in a deferred call, and does nothing with it: the
// channel then has a place for each of those that may go on.
func takenBack(fn ast.Node, send *ast.SendStmt) bool {
	channel := name(send.Chan)
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return n.Pos() <= send.Pos() && send.Pos() < n.End() // else it is another goroutine's
		case *ast.ExprStmt:
			recv, ok := ast.Unparen(n.X).(*ast.UnaryExpr)
			found = found || ok && recv.Op == token.ARROW && channel != "" && n.Pos() > send.Pos() && name(recv.X) == channel
		}
		return !found
	})
	return found
}

// WaitsForTimer reports whether the statement at a line of file that waits
// for channels receives from a timer or ticker, or can: it is a select with
// such a case.
func (t *Tree) WaitsForTimer(file string, line int) bool {
	for _, state := range []string{"chan receive", "select"} {
		if s, ok := t.Waits(file, line, state); ok && (s.Chan.Timer() || slices.ContainsFunc(s.Cases, Chan.Timer)) {
			return true
		}
	}
	return false
}

// Mentions reports whether the function at a line of file, or one around it,
// uses the name, such as "os.Stdin", or a method of that name, such as
// ".Hijack".
func (t *Tree) Mentions(file string, line int, what string) bool {
	s := t.syntax(file)
	if s == nil {
		return false
	}
	found := false
	for _, d := range s.file.Decls {
		if !s.within(d, line) {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if !s.within(n, line) {
					return false // a function of its own, such as a handler next to its client
				}
			case *ast.SelectorExpr:
				found = found || name(n) == what || "."+n.Sel.Name == what
			}
			return !found
		})
	}
	return found
}
