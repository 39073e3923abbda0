package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine"
	"github.com/leakcheck-go/goroutine/internal/eval/modules"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore"
	"github.com/leakcheck-go/goroutine/internal/testrun/explore/perturb"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// plainTries is how often a kernel runs without a change, to learn how often it
// leaks by itself.
const plainTries = 100

// explored is what "leakcheck explore" found of a kernel.
type explored struct {
	kernel kernel
	plain  int           // of plainTries runs leaked
	runs   int           // until the search found the leak, or gave up
	took   time.Duration // until then; 0 where it did not find it
	when   string        // what decides
}

// explore tries each kernel that matches, one pass of its loop a run: first as it
// is, then with a search. A kernel that starts its goroutines a thousand times in
// a loop leaks in each run by their number; in one pass it leaks now and then, as
// the bug did that it comes from.
func (s settings) explore(ctx context.Context, p program, out io.Writer) (rows []explored, err error) {
	dir, err := os.MkdirTemp("", "kernels")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	kernels, err := s.matching(p)
	if len(kernels) == 0 {
		return nil, err
	}
	suite, err := p.suite(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, k := range kernels {
		i := slices.IndexFunc(suite.Tests, func(t explore.Test) bool { return t.Name == "Test"+k.name })
		if i < 0 {
			return rows, fmt.Errorf("%s: there is no test of it", k.name)
		}
		r, err := s.search(ctx, suite, suite.Tests[i], k)
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
		fmt.Fprintln(out, r.line())
	}
	return rows, nil
}

// exploreAll prints a table of the kernels of all programs, and reports whether all
// were found.
func (s settings) exploreAll(ctx context.Context, programs []program, out io.Writer) (ok bool, err error) {
	fmt.Fprintf(out, "| kernel | leaks as it is | found under explore | when |\n|---|---|---|---|\n")
	ok = true
	for _, p := range programs {
		rows, err := s.explore(ctx, p, out)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			ok = ok && r.took > 0
		}
	}
	return ok, nil
}

// suite makes tests of the kernels of p and builds them.
func (p program) suite(ctx context.Context, dir string) (*explore.Suite, error) {
	module, temp := filepath.Join(dir, "module"), filepath.Join(dir, "built")
	files, tests, err := p.rewritten(started, func(f sourceFile) {
		restore(f)
		for _, fn := range registeredFuncs(f.File) {
			onePass(fn)
		}
	})
	if err != nil {
		return nil, err
	}
	code := []byte("package kernels\n\nimport \"testing\"\n")
	for _, t := range tests {
		goes := ""
		if t.Blocks {
			goes = "go "
		}
		code = fmt.Appendf(code, "\nfunc Test%s(t *testing.T) { %s%s() }\n", t.Name, goes, t.Name)
	}
	files["go.mod"], files["kernels_test.go"] = []byte("module "+kernelModule+"\n\ngo 1.26.0\n"), code
	if err := errors.Join(modules.WriteFiles(module, files), os.Mkdir(temp, 0o777)); err != nil {
		return nil, err
	}
	return explore.Build(ctx, inject.Request{
		Go:   inject.Go{Dir: module, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=")},
		Temp: temp, Sources: goroutine.Sources, Proofs: true,
	}, explore.Packages{Patterns: []string{"."}})
}

// restore gives a kernel the bug back that it lost as it was cut down. Moby unlocks
// before it follows a log, and the GoKer kernel has no lock there. The copy in the Go
// tree, which must be free of data races, holds the lock that Close wants until
// followLogs has returned, and only Close ends what followLogs waits for: there is no
// order of events in which it leaks.
func restore(f sourceFile) {
	if f.name != "moby27782.go" {
		return
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "readLogs" {
			unlockEarly(fn.Body)
		}
	}
}

// unlockEarly has a function do before its last statement what it defers.
func unlockEarly(body *ast.BlockStmt) {
	i := slices.IndexFunc(body.List, func(s ast.Stmt) bool {
		_, ok := s.(*ast.DeferStmt)
		return ok
	})
	if i < 0 {
		return
	}
	unlock := &ast.ExprStmt{X: body.List[i].(*ast.DeferStmt).Call}
	rest := slices.Delete(body.List, i, i+1)
	body.List = slices.Insert(rest, len(rest)-1, ast.Stmt(unlock))
}

// onePass has the loops at the top of a kernel run once.
func onePass(fn *ast.FuncDecl) {
	for _, s := range fn.Body.List {
		loop, ok := s.(*ast.ForStmt)
		if !ok || loop.Cond == nil {
			continue
		}
		cond, ok := loop.Cond.(*ast.BinaryExpr)
		if !ok || cond.Op != token.LSS && cond.Op != token.LEQ {
			continue
		}
		if lit, ok := cond.Y.(*ast.BasicLit); ok {
			cond.Op = token.LSS
			lit.Value = strconv.Itoa(1)
		}
	}
}

// search runs a kernel as it is, and then until a search finds a leak or its time
// is up.
func (s settings) search(ctx context.Context, suite *explore.Suite, test explore.Test, k kernel) (explored, error) {
	r := explored{kernel: k}
	for range plainTries {
		res, err := suite.Run(ctx, test, perturb.Plan{})
		if err != nil {
			return r, err
		}
		if len(res.Leaks) > 0 {
			r.plain++
		}
	}
	limited, cancel := context.WithTimeout(ctx, s.explored)
	defer cancel()
	start := time.Now()
	search := explore.Search{Run: suite.Run, Sites: suite.Sites, Seed: 1, Patience: ctx}
	search.Report = func(p explore.Progress) { r.runs = max(r.runs, p.Runs) }
	found := false
	search.Found = func(*explore.Finding) {
		if !found {
			found, r.took = true, time.Since(start)
			search.Report = nil
			r.runs++
		}
		cancel()
	}
	all, err := search.Explore(limited, []explore.Test{test})
	if len(all) > 0 {
		f := all[0]
		r.when = f.When(suite.Sites, suite.Dir(test.Package))
		switch {
		case r.when == "" && f.ByChance:
			r.when = "the same changes did not show it again"
		case r.when == "":
			r.when = "nothing has to be changed"
		}
	}
	return r, err
}

func (r *explored) line() string {
	took := "not found"
	if r.took > 0 {
		took = fmt.Sprintf("%.1f s, %d runs", r.took.Seconds(), r.runs)
	}
	when := strings.ReplaceAll(r.when, "|", "\\|")
	return fmt.Sprintf("| %s | %d of %d | %s | %s |", r.kernel.name, r.plain, plainTries, took, when)
}

// seldom are the kernels that leak now and then.
var seldom = regexp.MustCompile(`^(Cockroach(10214|10790|16167|3710|6181|7504)|Etcd(6857|6873|7492)|` +
	`Kubernetes(10182|13135|1321|58107|62464|6632)|Moby(27782|28462|33781|4951)|` +
	`Serving2137|Grpc(3017|660)|Istio16224|Hugo(3251|5379))$`)
