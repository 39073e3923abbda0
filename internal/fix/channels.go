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
)

// send finds the send that the goroutine waits in.
func (f *finder) send() (*place, *ast.SendStmt) {
	p := f.at(f.own(0))
	if p == nil {
		return nil, nil
	}
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
	if !ok || calledName(c) != "make" || len(c.Args) == 0 {
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
	f.add("make("+p.typeText(o, c)+", "+n+")", o.roomEdit(c, n))
}

func (p *place) typeText(o *origin, c *ast.CallExpr) string { return o.code(c.Args[0]) }

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
// where that is not known. Of the sends that end it there is one.
func (f *finder) sendsOfOne(p *place, ch types.Object) int {
	others, last, known := 0, 0, ch != nil
	walk(p.body, func(n ast.Node) {
		s, ok := n.(*ast.SendStmt)
		switch {
		case !ok || p.object(s.Chan) != ch:
		case f.lastOf(p, s, p.body):
			last = 1
		case looped(p, s):
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
			other, ok := m.(*ast.SendStmt)
			others = others || ok && p.object(other.Chan) == ch
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
			if calledName(y) == "len" {
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
			used := false
			ast.Inspect(p.body, func(m ast.Node) bool {
				other, ok := m.(*ast.Ident)
				used = used || ok && p.object(other) == p.object(id) && p.object(id) != nil
				return true
			})
			if used {
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

// context is an expression for a context that is in scope at p: a parameter or a
// variable of a function around it. It is "" where there is none.
func (p *place) context(before token.Pos) string {
	for i := len(p.sig) - 1; i >= 0; i-- {
		body := p.bodyOf(i)
		name := ""
		walk(body, func(n ast.Node) {
			a, ok := n.(*ast.AssignStmt)
			if !ok || a.Pos() >= before || len(a.Rhs) != 1 || !encloses(p.file, a, before) {
				return
			}
			if p.is(a.Rhs[0], "context", "WithCancel", "WithTimeout", "WithDeadline", "WithValue") {
				name = p.code(a.Lhs[0])
			}
			if p.is(a.Rhs[0], "golang.org/x/sync/errgroup", "WithContext") && len(a.Lhs) == 2 {
				name = p.code(a.Lhs[1])
			}
		})
		if name != "" && name != "_" {
			return name
		}
		for _, field := range p.sig[i].Params.List {
			if p.is(field.Type, "context", "Context") {
				for _, id := range field.Names {
					if id.Name != "_" {
						return id.Name
					}
				}
			}
		}
	}
	return p.receiverContext()
}

// receiverContext is the context in a field of the receiver: "w.ctx".
func (p *place) receiverContext() string {
	if p.decl == nil || p.decl.Recv == nil || len(p.decl.Recv.List[0].Names) == 0 {
		return ""
	}
	name := p.decl.Recv.List[0].Names[0].Name
	typ := typeName(p.decl.Recv.List[0].Type)
	found := ""
	for _, file := range p.pkg.files {
		ast.Inspect(file.tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != typ {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, field := range st.Fields.List {
				if file.is(field.Type, "context", "Context") && len(field.Names) > 0 {
					found = name + "." + field.Names[0].Name
				}
			}
			return false
		})
	}
	return found
}

func (p *place) bodyOf(i int) *ast.BlockStmt {
	switch fn := p.funcs[i].(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return p.body
}

// encloses reports whether the block that a statement is in has a position too.
func encloses(f *file, s ast.Stmt, pos token.Pos) bool {
	around := f.around(s.Pos(), s.End())
	for _, n := range slices.Backward(around) {
		if b, ok := n.(*ast.BlockStmt); ok {
			return b.Pos() <= pos && pos <= b.End()
		}
	}
	return false
}

// leave is the statement that ends the innermost function because ctx ended; ok is
// false where its results are not known.
func (p *place) leave(ctx string) (code string, ok bool) {
	results := p.typ.Results
	if results.NumFields() == 0 {
		return "return", true
	}
	if len(results.List[0].Names) > 0 {
		return "", false
	}
	var values []string
	for i, r := range results.List {
		switch typ := r.Type.(type) {
		case *ast.Ident:
			switch {
			case typ.Name == "error" && i == len(results.List)-1:
				values = append(values, ctx+".Err()")
			case typ.Name == "error":
				return "", false
			case typ.Name == "string":
				values = append(values, `""`)
			case typ.Name == "bool":
				values = append(values, "false")
			case strings.HasPrefix(typ.Name, "int"), strings.HasPrefix(typ.Name, "uint"), strings.HasPrefix(typ.Name, "float"):
				values = append(values, "0")
			default:
				return "", false
			}
		case *ast.StarExpr, *ast.ArrayType, *ast.MapType, *ast.FuncType, *ast.ChanType:
			values = append(values, "nil")
		default:
			return "", false
		}
	}
	if values[len(values)-1] != ctx+".Err()" {
		return "", false // the caller would take it for a result
	}
	return "return " + strings.Join(values, ", "), true
}

// selectDone has an operation end with a context that is in scope.
func (f *finder) selectDone() {
	p := f.at(f.own(0))
	if p == nil {
		return
	}
	if s := nodes[*ast.SelectStmt](p); len(s) > 0 {
		f.caseDone(p, s[len(s)-1])
		return
	}
	if s := nodes[*ast.SendStmt](p); len(s) > 0 {
		send := s[len(s)-1]
		f.beside(p, send, p.code(send))
		return
	}
	for _, r := range nodes[*ast.RangeStmt](p) {
		if p.line(r.X.Pos()) == p.call.Line {
			f.rangeDone(p, r)
			return
		}
	}
	for _, s := range nodes[*ast.AssignStmt](p) {
		if len(s.Rhs) == 1 && receives(s.Rhs[0]) {
			f.beside(p, s, p.code(s))
			return
		}
	}
	for _, s := range nodes[*ast.ReturnStmt](p) {
		if len(s.Results) == 1 && receives(s.Results[0]) {
			name := p.fresh("v")
			f.besideThen(p, s, name+" := "+p.code(s.Results[0]), "\n\treturn "+name)
			return
		}
	}
	for _, s := range nodes[*ast.ExprStmt](p) {
		if receives(s.X) { // <-ch
			f.beside(p, s, p.code(s.X))
			return
		}
		if c, ok := s.X.(*ast.CallExpr); ok && p.is(c, "time", "Sleep") && len(c.Args) == 1 {
			time, _, _ := strings.Cut(p.code(c.Fun), ".")
			f.beside(p, s, fmt.Sprintf("<-%s.After(%s)", time, p.code(c.Args[0])))
			return
		}
	}
}

// receives reports whether an expression is a receive.
func receives(e ast.Expr) bool {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && u.Op == token.ARROW
}

// beside puts an operation into a select, beside the end of a context. What follows
// a receive into new variables goes with it, as they are of the case.
func (f *finder) beside(p *place, s ast.Stmt, operation string) {
	a, ok := s.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE {
		f.besideThen(p, s, operation, "")
		return
	}
	list, i := siblings(p.file, s)
	if list == nil || list[i] != s {
		return
	}
	rest := &ast.BlockStmt{List: list[i+1:]}
	if len(rest.List) == 0 || breaks(rest) {
		return
	}
	text := string(p.text[p.offset(s.End()):p.offset(rest.List[len(rest.List)-1].End())])
	text = strings.ReplaceAll(text, "\n", "\n\t")
	f.besideThen(p, s, operation, strings.ReplaceAll(text, "\n"+p.indent(s.Pos()), "\n"))
}

// besideThen is beside, with statements that run after the operation: those behind
// it in its list, or others in place of it.
func (f *finder) besideThen(p *place, s ast.Stmt, operation, then string) {
	ctx := p.context(s.Pos())
	list, i := siblings(p.file, s)
	if ctx == "" || list == nil || list[i] != s || strings.Contains(operation+then, "`") {
		return // lines of a string would get other white space
	}
	code, ok := p.leave(ctx)
	if !ok {
		return
	}
	last := s
	if then != "" {
		last = list[len(list)-1]
	}
	if last == list[len(list)-1] && code == "return" && slices.Equal(list, p.body.List) {
		code = "" // nothing follows
	} else {
		code = "\n\t" + code
	}
	e, comment := p.replaceLine(last)
	e.pos = p.offset(s.Pos())
	e.text = indented(fmt.Sprintf("select {\ncase %s:%s%s\ncase <-%s.Done():%s\n}", operation, then, comment, ctx, code),
		p.indent(s.Pos()))
	f.add("select on "+ctx+".Done() beside it", e)
}

// caseDone adds a case to a select.
func (f *finder) caseDone(p *place, s *ast.SelectStmt) {
	ctx := p.context(s.Pos())
	if ctx == "" || strings.Contains(p.code(s), ctx+".Done()") || len(s.Body.List) == 0 {
		return
	}
	code, ok := p.leave(ctx)
	if !ok {
		return
	}
	last := s.Body.List[len(s.Body.List)-1]
	f.add("case <-"+ctx+".Done() in the select", p.after(last, "case <-"+ctx+".Done():\n\t"+code))
}

// rangeDone has a loop over a channel or a ticker end with a context.
func (f *finder) rangeDone(p *place, r *ast.RangeStmt) {
	ctx := p.context(r.Pos())
	list, i := siblings(p.file, r)
	if ctx == "" || list == nil || list[i] != ast.Stmt(r) || breaks(r.Body) || r.Tok == token.ASSIGN ||
		strings.Contains(p.code(r), "`") {
		return
	}
	code, ok := p.leave(ctx)
	if !ok {
		return
	}
	// When the channel is closed, what follows the loop runs.
	after := ""
	switch rest := list[i+1:]; {
	case len(rest) == 0 && slices.Equal(list, p.body.List) && p.typ.Results.NumFields() == 0:
		after = "return"
	case len(rest) == 1:
		if ret, ok := rest[0].(*ast.ReturnStmt); ok {
			after = p.code(ret)
		}
	}
	if after == "" {
		return
	}
	indent := p.indent(r.Pos())
	body := strings.TrimSuffix(strings.TrimPrefix(p.code(r.Body), "{"), "}")
	comment, rest, _ := strings.Cut(body, "\n")
	if strings.HasPrefix(strings.TrimSpace(comment), "//") {
		body = "\n" + rest
	} else {
		comment = ""
	}
	body = strings.TrimRight(strings.ReplaceAll(body, "\n", "\n\t"), " \t\n")
	ticks := p.is(r.X, "time", "Tick") || strings.HasSuffix(p.code(r.X), ".C")
	var b strings.Builder
	x := p.code(r.X)
	if p.is(r.X, "time", "Tick") { // once, and not for each turn
		name := p.fresh("tick")
		fmt.Fprintf(&b, "%s := %s\n%s", name, x, indent)
		x = name
	}
	b.WriteString("for {\n" + indent + "\tselect {\n" + indent + "\tcase ")
	switch {
	case ticks && r.Key == nil:
		b.WriteString("<-" + x + ":" + comment)
	case r.Key == nil || isBlank(r.Key):
		fmt.Fprintf(&b, "_, ok := <-%s:%s\n%s\t\tif !ok {\n%s\t\t\t%s\n%s\t\t}", x, comment, indent, indent, after, indent)
	default:
		fmt.Fprintf(&b, "%s, ok := <-%s:%s\n%s\t\tif !ok {\n%s\t\t\t%s\n%s\t\t}", p.code(r.Key), x, comment, indent, indent,
			after, indent)
	}
	fmt.Fprintf(&b, "%s\n%s\tcase <-%s.Done():\n%s\t\t%s\n%s\t}\n%s}", body, indent, ctx, indent, code, indent, indent)
	edits := []edit{p.replace(r, b.String())}
	if len(list[i+1:]) == 1 { // a loop without an end is not followed by anything
		edits = append(edits, p.remove(list[i+1]))
	}
	f.add("end the loop with "+ctx, edits...)
}

// breaks reports whether a body has a break, which would leave a select in it.
func breaks(b *ast.BlockStmt) bool {
	found := false
	walk(b, func(n ast.Node) {
		if br, ok := n.(*ast.BranchStmt); ok && (br.Tok == token.BREAK || br.Label != nil) {
			found = true
		}
	})
	return found
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
		f.closeBeforeReturns(scope, closed, o, id, extra)
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
			if ok && calledName(c) == "close" && len(c.Args) == 1 && p.object(c.Args[0]) == ch {
				found = s
			}
		}
	})
	return found
}

// closeBeforeReturns closes a channel where the function leaves before it does so.
func (f *finder) closeBeforeReturns(p *place, closed ast.Stmt, o *origin, id *ast.Ident, extra []edit) {
	if !slices.Contains(p.body.List, closed) {
		return
	}
	f.add("close("+id.Name+") before each return", f.beforeReturns(p, o.stmt.End(), closed.Pos(), id, extra)...)
}

// beforeReturns are the edits that close a channel before the returns between two
// places; extra alone where there is none, which is no candidate.
func (f *finder) beforeReturns(p *place, from, to token.Pos, id *ast.Ident, extra []edit) []edit {
	edits := slices.Clone(extra)
	n := 0
	walk(p.body, func(m ast.Node) {
		if r, ok := m.(*ast.ReturnStmt); ok && r.Pos() > from && r.Pos() < to {
			edits = append(edits, p.before(r, "close("+id.Name+")"))
			n++
		}
	})
	if n == 0 {
		return nil
	}
	return edits
}

// closeAfterSends closes a channel that nobody closes after the last send of the
// function that made it, and before the returns until there.
func (f *finder) closeAfterSends(p *place, o *origin, id *ast.Ident, extra []edit) {
	ch := o.object(id)
	var last ast.Stmt
	for _, s := range p.body.List {
		walk(s, func(n ast.Node) {
			if send, ok := n.(*ast.SendStmt); ok && p.object(send.Chan) == ch {
				last = s
			}
		})
	}
	others := 0
	ast.Inspect(p.body, func(n ast.Node) bool {
		if send, ok := n.(*ast.SendStmt); ok && p.object(send.Chan) == ch {
			others++
		}
		return true
	})
	own := 0
	walk(p.body, func(n ast.Node) {
		if send, ok := n.(*ast.SendStmt); ok && p.object(send.Chan) == ch {
			own++
		}
	})
	if last == nil || others != own || last == p.body.List[len(p.body.List)-1] {
		return // the deferred close is as good
	}
	edits := f.beforeReturns(p, o.stmt.End(), last.End(), id, extra)
	if edits == nil {
		edits = slices.Clone(extra)
	}
	f.add("close("+id.Name+") after the last send", append(edits, p.after(last, "close("+id.Name+")"))...)
}
