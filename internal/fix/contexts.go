package fix

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/gosyntax"
)

// context is an expression for a context that is in scope at p: a parameter or a
// variable of a function around it. It is "" if there is none.
func (p *place) context(before token.Pos) string {
	for _, fn := range slices.Backward(p.funcs) {
		name := ""
		walk(fn.body, func(n ast.Node) {
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
		for id, field := range gosyntax.Fields(fn.typ.Params) {
			if p.is(field.Type, "context", "Context") && id.Name != "" && id.Name != "_" {
				return id.Name
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
	typ := gosyntax.TypeName(p.decl.Recv.List[0].Type)
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
		f.orDone(p, send, p.code(send))
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
			f.orDone(p, s, p.code(s))
			return
		}
	}
	for _, s := range nodes[*ast.ReturnStmt](p) {
		if len(s.Results) == 1 && receives(s.Results[0]) {
			name := p.fresh("v")
			f.orDoneThen(p, s, name+" := "+p.code(s.Results[0]), "\n\treturn "+name)
			return
		}
	}
	for _, s := range nodes[*ast.ExprStmt](p) {
		if receives(s.X) { // <-ch
			f.orDone(p, s, p.code(s.X))
			return
		}
		if c, ok := s.X.(*ast.CallExpr); ok && p.is(c, "time", "Sleep") && len(c.Args) == 1 {
			time, _, _ := strings.Cut(p.code(c.Fun), ".")
			f.orDone(p, s, fmt.Sprintf("<-%s.After(%s)", time, p.code(c.Args[0])))
			return
		}
	}
}

// receives reports whether an expression is a receive.
func receives(e ast.Expr) bool {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && u.Op == token.ARROW
}

// orDone puts an operation into a select with the end of a context. The statements
// after a receive into new variables move into the case, whose variables they use.
func (f *finder) orDone(p *place, s ast.Stmt, operation string) {
	a, ok := s.(*ast.AssignStmt)
	if !ok || a.Tok != token.DEFINE {
		f.orDoneThen(p, s, operation, "")
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
	f.orDoneThen(p, s, operation, strings.ReplaceAll(text, "\n"+p.indent(s.Pos()), "\n"))
}

// orDoneThen is orDone, with statements that run after the operation: those behind
// it in its list, or others in place of it.
func (f *finder) orDoneThen(p *place, s ast.Stmt, operation, then string) {
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
	f.add("select on "+ctx+".Done() as well", e)
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
