package fix

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// send finds the send that the goroutine waits in.
func (f *finder) send() (*place, *ast.SendStmt) {
	p := f.at(f.own(0))
	if all := nodes[*ast.SendStmt](p); len(all) > 0 {
		return p, all[len(all)-1]
	}
	return p, nil
}

// made is the call of make that made a channel, and where that stands.
func (f *finder) made(ch ast.Expr, p *place) (*origin, *ast.CallExpr) {
	o := f.origin(ch, p)
	if o == nil {
		return nil, nil
	}
	c, ok := ast.Unparen(o.value).(*ast.CallExpr)
	if !ok || gosyntax.LastName(c.Fun) != "make" || len(c.Args) == 0 {
		return nil, nil
	}
	if _, ok := c.Args[0].(*ast.ChanType); !ok {
		return nil, nil
	}
	return o, c
}

// room gives a channel room for every send.
func (f *finder) room() {
	p, s := f.send()
	if s == nil {
		return
	}
	o, c := f.made(s.Chan, p)
	if c == nil || len(c.Args) > 1 {
		return
	}
	n := f.sends(p, s, o)
	if n == "" {
		return
	}
	f.add("make("+o.code(c.Args[0])+", "+n+")", o.roomEdit(c, n))
}

// roomEdit gives a call of make the room n.
func (o *origin) roomEdit(c *ast.CallExpr, n string) edit {
	at := o.offset(c.Args[0].End())
	return edit{o.file, at, at, ", " + n}
}

// sends is how many sends there are to a channel, as an expression that holds where
// the channel is made: the turns of the loop that starts the goroutines, times the
// sends of each. It is "" where that is not known.
func (f *finder) sends(p *place, s *ast.SendStmt, o *origin) string {
	if o.stmt == nil {
		return f.sendsOfField(p, s)
	}
	per := f.sendsOfOne(p, p.object(s.Chan))
	if per == 0 {
		return ""
	}
	start := f.at(f.leak.Spawn)
	if start == nil || len(start.funcs) == 0 {
		return ""
	}
	// Between the channel and the go statement there may be a loop.
	var loops []ast.Node
	for _, n := range start.around(start.at(), start.at()) {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if n.Pos() > o.stmt.End() || start.file != o.file {
				loops = append(loops, n)
			}
		case *ast.FuncLit:
			if n.End() < s.Pos() || n.Pos() > s.End() {
				loops = nil
			}
		}
	}
	if start.file != o.file || start.decl != o.place.decl {
		loops = nil // the channel comes from elsewhere, which started one goroutine as far as is known
	}
	switch len(loops) {
	case 0:
		return strconv.Itoa(per)
	case 1:
		turns := turns(start, loops[0])
		if turns == "" || per == 1 {
			return turns
		}
		return strconv.Itoa(per) + "*" + turns
	}
	return ""
}

// sendsOfOne is how often the innermost function sends to a channel at the most; 0
// where that is not known. Sends that end the function count as one.
func (f *finder) sendsOfOne(p *place, ch types.Object) int {
	others, last, known := 0, 0, ch != nil
	walk(p.body, func(n ast.Node) {
		switch {
		case !sends(p, n, ch):
		case f.lastOf(p, n, p.body):
			last = 1
		case looped(p, n):
			known = false
		default:
			others++
		}
	})
	if !known {
		return 0
	}
	return others + last
}

// sendsOfField is 1 where a goroutine sends once to a channel of a field, and no
// other function does. A callback is called again only when it has returned, so that
// other functions with such a channel do not count.
func (f *finder) sendsOfField(p *place, s *ast.SendStmt) string {
	ch := p.object(s.Chan)
	if f.sendsOfOne(p, ch) != 1 {
		return ""
	}
	for _, file := range p.pkg.files {
		others := false
		ast.Inspect(file.tree, func(m ast.Node) bool {
			if d, ok := m.(*ast.FuncDecl); ok && d != p.decl && f.leak.Cause == "afterfunc-blocked" || m == p.body {
				return false
			}
			others = others || sends(p, m, ch)
			return true
		})
		if others {
			return ""
		}
	}
	return "1"
}

// at is the position of the line of p in its innermost function.
func (p *place) at() token.Pos {
	pos := p.body.Pos()
	walk(p.body, func(n ast.Node) {
		if pos == p.body.Pos() && p.line(n.Pos()) == p.call.Line {
			pos = n.Pos()
		}
	})
	return pos
}

// looped reports whether a node is in a loop of the innermost function.
func looped(p *place, s ast.Node) bool {
	for _, n := range p.around(s.Pos(), s.End()) {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if n.Pos() > p.body.Pos() {
				return true
			}
		}
	}
	return false
}

// turns is how often a loop runs, as an expression; "" where it is not plain.
func turns(p *place, loop ast.Node) string {
	switch l := loop.(type) {
	case *ast.RangeStmt:
		id, ok := l.X.(*ast.Ident)
		if lit, isLit := l.X.(*ast.BasicLit); isLit {
			return lit.Value
		}
		if !ok {
			return ""
		}
		v, ok := p.object(id).(*types.Var)
		if !ok {
			return ""
		}
		switch t := v.Type().Underlying().(type) {
		case *types.Slice, *types.Array, *types.Map:
			return "len(" + id.Name + ")"
		case *types.Basic:
			if t.Info()&types.IsInteger != 0 {
				return id.Name
			}
		}
	case *ast.ForStmt: // for i := 0; i < n; i++ {
		b, ok := l.Cond.(*ast.BinaryExpr)
		if !ok || b.Op != token.LSS || l.Init == nil || !strings.HasSuffix(p.code(l.Init), ":= 0") {
			return ""
		}
		switch y := b.Y.(type) {
		case *ast.Ident, *ast.BasicLit:
			return p.code(y)
		case *ast.CallExpr:
			if gosyntax.LastName(y.Fun) == "len" {
				return p.code(y)
			}
		}
	}
	return ""
}

// sendTwice adds the return that is missing between two sends.
func (f *finder) sendTwice() {
	p, s := f.send()
	if s == nil || p.typ.Results.NumFields() > 0 {
		return
	}
	list, i := siblings(p.file, s)
	if list == nil || i == 0 || list[i] != ast.Stmt(s) {
		return
	}
	cond, ok := list[i-1].(*ast.IfStmt)
	if !ok || cond.Else != nil || len(cond.Body.List) == 0 || looped(p, s) {
		return
	}
	last := cond.Body.List[len(cond.Body.List)-1]
	if other, ok := last.(*ast.SendStmt); ok && p.object(other.Chan) != nil && p.object(other.Chan) == p.object(s.Chan) {
		f.add("return after the first of two sends", p.after(last, "return"))
	}
}

// loopVariable gives each turn of a loop its own variables, where a file has the
// rules from before Go 1.22.
func (f *finder) loopVariable() {
	p := f.at(f.own(0))
	if p == nil || p.tree.GoVersion == "" || version.Compare(p.tree.GoVersion, "go1.22") >= 0 || len(p.funcs) < 2 {
		return
	}
	for _, n := range p.around(p.body.Pos(), p.body.End()) {
		loop, ok := n.(*ast.RangeStmt)
		if !ok || loop.Tok != token.DEFINE {
			continue
		}
		var names []string
		for _, e := range []ast.Expr{loop.Key, loop.Value} {
			id, ok := e.(*ast.Ident)
			if !ok || id.Name == "_" {
				continue
			}
			used := func(m ast.Node) bool {
				other, ok := m.(*ast.Ident)
				return ok && p.object(other) == p.object(id) && p.object(id) != nil
			}
			if gosyntax.Has(p.body, used) {
				names = append(names, id.Name)
			}
		}
		if len(names) > 0 {
			list := strings.Join(names, ", ")
			code := list + " := " + list
			f.add(code, p.top(loop.Body, code))
		}
	}
}

// closeChannel closes the channel that a goroutine receives from.
func (f *finder) closeChannel() {
	p := f.at(f.own(0))
	if p == nil {
		return
	}
	ch, received, extra, ok := f.received(p)
	if !ok {
		return
	}
	o, c := f.made(ch, p)
	if o == nil || o.stmt == nil {
		return
	}
	id, isName := o.name.(*ast.Ident)
	if !isName || c == nil {
		return
	}
	extra = append(extra, f.answers(p, received)...)
	scope := o.scope(o.stmt, o.index)
	if scope == nil {
		return
	}
	if closed := closes(scope, o.object(id)); closed != nil {
		edits := beforeReturns(scope, o.stmt.End(), closed.Pos(), id.Name)
		if len(edits) > 0 && slices.Contains(scope.body.List, closed) {
			f.add("close("+id.Name+") before each return", slices.Concat(extra, edits)...)
		}
		return
	}
	f.add("defer close("+id.Name+")", append(slices.Clone(extra), o.after(o.stmt, "defer close("+id.Name+")"))...)
	f.closeAfterSends(scope, o, id, extra)
}

// received is the channel that the goroutine receives from. Where the code would
// take the zero value of a closed channel for one that was sent, edits tell them
// apart; ok is false where that cannot be done.
func (f *finder) received(p *place) (ch ast.Expr, at ast.Node, edits []edit, ok bool) {
	for _, r := range nodes[*ast.RangeStmt](p) {
		if p.line(r.X.Pos()) == p.call.Line {
			return r.X, r, nil, true
		}
	}
	var receive *ast.UnaryExpr
	for _, u := range nodes[*ast.UnaryExpr](p) {
		if u.Op == token.ARROW {
			receive = u
		}
	}
	if receive == nil {
		return nil, nil, nil, false
	}
	list, i := siblings(p.file, receive)
	if list == nil || len(nodes[*ast.SelectStmt](p)) > 0 {
		return nil, nil, nil, false
	}
	switch s := list[i].(type) {
	case *ast.ExprStmt:
		if s.X == ast.Expr(receive) {
			return receive.X, s, nil, true // a signal
		}
		c, isCall := s.X.(*ast.CallExpr)
		if !isCall || !slices.Contains(c.Args, ast.Expr(receive)) {
			return nil, nil, nil, false
		}
		// send(<-ch) becomes if v, ok := <-ch; ok { send(v) }.
		name := singular(p.code(receive.X))
		if p.fresh(name) != name {
			name = p.fresh("v")
		}
		okay := p.fresh("ok")
		indent := p.indent(s.Pos())
		text := p.code(s)
		from := p.offset(receive.Pos()) - p.offset(s.Pos())
		text = text[:from] + name + text[from+len(p.code(receive)):]
		e, comment := p.replaceLine(s)
		e.text = fmt.Sprintf("if %s, %s := %s; %s {%s\n%s\t%s\n%s}", name, okay, p.code(receive), okay, comment, indent, text,
			indent)
		return receive.X, s, []edit{e}, true
	case *ast.AssignStmt:
		if len(s.Lhs) != 1 || len(s.Rhs) != 1 || s.Rhs[0] != ast.Expr(receive) || s.Tok != token.DEFINE ||
			p.typ.Results.NumFields() > 0 {
			return nil, nil, nil, false
		}
		okay := p.fresh("ok")
		both := p.replace(s.Lhs[0], p.code(s.Lhs[0])+", "+okay)
		return receive.X, s, []edit{both, p.after(s, "if !"+okay+" {\n\treturn\n}")}, true
	}
	return nil, nil, nil, false
}

// singular is a name for one of what a channel brings.
func singular(ch string) string {
	ch = ch[strings.LastIndexByte(ch, '.')+1:]
	if s, ok := strings.CutSuffix(ch, "s"); ok && len(s) > 1 && !strings.HasSuffix(s, "s") {
		return s
	}
	return "v"
}

// answers gives room to the channels that the goroutine sends to after it has
// received, as the receiver may be gone by then.
func (f *finder) answers(p *place, after ast.Node) []edit {
	var edits []edit
	walk(p.body, func(n ast.Node) {
		s, ok := n.(*ast.SendStmt)
		if !ok || s.Pos() < after.End() || looped(p, s) {
			return
		}
		if o, c := f.made(s.Chan, p); c != nil && len(c.Args) == 1 && o.stmt != nil {
			edits = append(edits, o.roomEdit(c, "1"))
		}
	})
	return edits
}

// closes is the statement of the function's own that closes a channel.
func closes(p *place, ch types.Object) ast.Stmt {
	var found ast.Stmt
	walk(p.body, func(n ast.Node) {
		if s, ok := n.(*ast.ExprStmt); ok {
			c, ok := s.X.(*ast.CallExpr)
			if ok && gosyntax.LastName(c.Fun) == "close" && len(c.Args) == 1 && p.object(c.Args[0]) == ch {
				found = s
			}
		}
	})
	return found
}

// beforeReturns are the edits that close a channel before the returns between two
// places.
func beforeReturns(p *place, from, to token.Pos, name string) []edit {
	var edits []edit
	walk(p.body, func(m ast.Node) {
		if r, ok := m.(*ast.ReturnStmt); ok && r.Pos() > from && r.Pos() < to {
			edits = append(edits, p.before(r, "close("+name+")"))
		}
	})
	return edits
}

// sends reports whether a node is a send to a channel.
func sends(p *place, n ast.Node, ch types.Object) bool {
	s, ok := n.(*ast.SendStmt)
	return ok && ch != nil && p.object(s.Chan) == ch
}

// closeAfterSends closes a channel that nobody closes after the last send of the
// function that made it, and before the returns until there.
func (f *finder) closeAfterSends(p *place, o *origin, id *ast.Ident, extra []edit) {
	ch := o.object(id)
	all, own := 0, 0
	ast.Inspect(p.body, func(n ast.Node) bool {
		if sends(p, n, ch) {
			all++
		}
		return true
	})
	var last ast.Stmt
	for _, s := range p.body.List {
		walk(s, func(n ast.Node) {
			if sends(p, n, ch) {
				last, own = s, own+1
			}
		})
	}
	if last == nil || all != own || last == p.body.List[len(p.body.List)-1] {
		return // the deferred close is as good
	}
	edits := slices.Concat(extra, beforeReturns(p, o.stmt.End(), last.End(), id.Name))
	f.add("close("+id.Name+") after the last send", append(edits, p.after(last, "close("+id.Name+")"))...)
}
