package main

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
)

// mode is a way to make a test of a kernel.
type mode string

const (
	started mode = "started" // the test calls the kernel, which starts goroutines
	called  mode = "called"  // the test does the work of the kernel's goroutine
)

var allModes = []mode{started, called}

// rewrite turns a file of a program into one of a package to be tested: without
// the profile that the program prints, without the waits before it, and in mode
// called with the work of each kernel's goroutine in the kernel itself.
func rewrite(f *ast.File, m mode) {
	f.Name = ast.NewIdent("kernels")
	dropProfile(f)
	kernels := registeredFuncs(f)
	for _, fn := range kernels {
		fn.Body.List = dropWaits(fn.Body.List)
		if m == called {
			fn.Body.List = callFirst(fn.Body.List)
		}
	}
	dropImports(f)
}

// registeredFuncs returns the kernels of f.
func registeredFuncs(f *ast.File) []*ast.FuncDecl {
	names := registered(f)
	var fns []*ast.FuncDecl
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && slices.Contains(names, fn.Name.Name) {
			fns = append(fns, fn)
		}
	}
	return fns
}

// dropProfile takes away the statements that deal with the leak profile, and
// the exits after it.
func dropProfile(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			n.List = slices.DeleteFunc(n.List, isProfile)
		case *ast.CaseClause:
			n.Body = slices.DeleteFunc(n.Body, isProfile)
		case *ast.CommClause:
			n.Body = slices.DeleteFunc(n.Body, isProfile)
		}
		return true
	})
}

// isProfile reports whether s is one of
//
//	prof := pprof.Lookup("goroutineleak")
//	prof.WriteTo(os.Stdout, 2)
//	os.Exit(0)
func isProfile(s ast.Stmt) bool {
	if a, ok := s.(*ast.AssignStmt); ok && len(a.Rhs) == 1 {
		call, ok := a.Rhs[0].(*ast.CallExpr)
		return ok && isSelector(call.Fun, "pprof", "Lookup")
	}
	call := callOf(s)
	return call != nil && (isSelector(call.Fun, "prof", "WriteTo") || isSelector(call.Fun, "os", "Exit"))
}

// dropWaits takes away what a kernel does to give its goroutines time before
// the profile: deferred functions that only wait, and waits at the end.
func dropWaits(list []ast.Stmt) []ast.Stmt {
	list = slices.DeleteFunc(list, func(s ast.Stmt) bool {
		d, ok := s.(*ast.DeferStmt)
		if !ok {
			return false
		}
		lit, ok := d.Call.Fun.(*ast.FuncLit)
		return ok && allWait(lit.Body.List)
	})
	for len(list) > 0 && isWait(list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	return list
}

// isWait reports whether s only passes time.
func isWait(s ast.Stmt) bool {
	if loop, ok := s.(*ast.ForStmt); ok {
		return len(loop.Body.List) > 0 && allWait(loop.Body.List)
	}
	call := callOf(s)
	return call != nil && (isSelector(call.Fun, "time", "Sleep") || isSelector(call.Fun, "runtime", "Gosched"))
}

func allWait(list []ast.Stmt) bool {
	return !slices.ContainsFunc(list, func(s ast.Stmt) bool { return !isWait(s) })
}

// callFirst turns the first of the go statements at the end of list into a call
// and puts it behind the others:
//
//	go a()        go b()
//	go b()   =>   a()
//
// It goes into a loop at the end, and into the function literal that is called
// now, so that the caller itself comes to do the work of the innermost of the
// first goroutines.
func callFirst(list []ast.Stmt) []ast.Stmt {
	first := len(list)
	for first > 0 && isGo(list[first-1]) {
		first--
	}
	if first == len(list) {
		if first > 0 {
			callInLoop(list[first-1])
		}
		return list
	}
	call := list[first].(*ast.GoStmt).Call
	if lit, ok := call.Fun.(*ast.FuncLit); ok {
		lit.Body.List = callFirst(lit.Body.List)
	}
	return append(slices.Delete(list, first, first+1), &ast.ExprStmt{X: call})
}

func callInLoop(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ForStmt:
		s.Body.List = callFirst(s.Body.List)
	case *ast.RangeStmt:
		s.Body.List = callFirst(s.Body.List)
	}
}

func isGo(s ast.Stmt) bool {
	_, ok := s.(*ast.GoStmt)
	return ok
}

// blocks reports whether a kernel itself ends in select {}, so that in mode
// started it needs a goroutine of its own.
func blocks(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Body.List, func(s ast.Stmt) bool {
		sel, ok := s.(*ast.SelectStmt)
		return ok && len(sel.Body.List) == 0
	})
}

// dropImports takes away the imports that f has no use for any more.
func dropImports(f *ast.File) {
	used := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	unused := func(s ast.Spec) bool {
		imp, ok := s.(*ast.ImportSpec)
		if !ok {
			return false
		}
		name, err := strconv.Unquote(imp.Path.Value)
		return err == nil && imp.Name == nil && !used[path.Base(name)]
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.GenDecl); ok {
			d.Specs = slices.DeleteFunc(d.Specs, unused)
		}
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		gen, ok := d.(*ast.GenDecl)
		return ok && len(gen.Specs) == 0
	})
}
