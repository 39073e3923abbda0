package inject

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// pointName is the variable that package testing has for us.
const pointName = "LeakcheckPoints"

// source is a file of the standard library that is changed. Each change stays
// on the line where it is made.
type source struct {
	name  string
	text  []byte
	fset  *token.FileSet
	tree  *ast.File
	edits []Edit
}

func parseSource(name string, text []byte) (*source, error) {
	s := &source{name: name, text: text, fset: token.NewFileSet()}
	var err error
	s.tree, err = parser.ParseFile(s.fset, name, text, parser.SkipObjectResolution)
	return s, err
}

// patches are the changes by file, named below GOROOT/src.
var patches = []struct {
	name   string
	change func(*source) error
}{
	{"testing/testing.go", patchTesting},
	{"testing/benchmark.go", patchBenchmark},
	{"testing/fuzz.go", patchFuzz},
	{"testing/run_example.go", patchExample},
	{"testing/internal/testdeps/deps.go", patchDeps},
	{"runtime/pprof/runtime.go", patchSetLabels},
	{"runtime/pprof/pprof.go", patchCountProfile},
	{"runtime/pprof/proto.go", patchSamples},
}

// patchTesting adds the calls to tRunner, which runs each test, and to M.Run.
func patchTesting(s *source) error {
	runner, err := s.function("", "tRunner")
	if err != nil {
		return err
	}
	params := names(runner.Type.Params)
	if len(params) != 2 {
		return s.missing("the two parameters of tRunner")
	}
	t, fn := params[0], params[1]
	when, fuzzing := pointName+".Test != nil", "false"
	// The function that runs in a bubble of testing/synctest has a T of its own
	// with the name of the test that it is a part of.
	if s.has("isSynctest ") {
		when += " && !" + t + ".isSynctest"
	}
	if s.has(".tstate.isFuzzing") {
		fuzzing = t + ".tstate != nil && " + t + ".tstate.isFuzzing"
	}
	s.insert(runner.Body.Lbrace+1, fmt.Sprintf(" if %s { %s.Test(%s, %s, %s) };", when, pointName, t, fn, fuzzing))
	released := releaseIn(runner, t)
	if released == nil {
		return s.missing("where tRunner has a parallel test give its turn to the next one")
	}
	s.insert(released.End(),
		fmt.Sprintf("; if %[1]s.Over != nil && %[2]s.isParallel { %[1]s.Over(%[2]s) };", pointName, t))

	run, err := s.function("M", "Run")
	if err != nil {
		return err
	}
	receiver, results := names(run.Recv), names(run.Type.Results)
	if len(receiver) != 1 || len(results) != 1 {
		return s.missing("the name of the result of M.Run")
	}
	m, code := receiver[0], results[0]
	if !s.has("exitCode ") {
		return s.missing("M.exitCode")
	}
	// Deferred first, it runs last. The exit code is kept in two places: the
	// result counts for a TestMain that exits, the field for one that returns.
	// It is no closure of M.Run, whose own are numbered in the names that stacks show.
	s.insert(run.Body.Lbrace+1, fmt.Sprintf(
		" if %[1]s.Run != nil { defer leakcheckEnd(%[1]s.Run(), &%[3]s, &%[2]s.exitCode) };", pointName, m, code))
	return nil
}

// releaseIn returns the statement of tRunner after which the parallel test t has
// given its turn to the next one, and is not yet reported.
func releaseIn(runner *ast.FuncDecl, t string) (found *ast.IfStmt) {
	ast.Inspect(runner.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.IfStmt); ok {
			if other, ok := s.Else.(*ast.IfStmt); ok && isField(other.Cond, t, "isParallel") {
				found = s
			}
		}
		return found == nil
	})
	return found
}

// isField reports whether e is the field x.name.
func isField(e ast.Expr, x, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == x
}

// patchBenchmark adds the call to runN, which calls the function of a benchmark
// and then its cleanups.
func patchBenchmark(s *source) error {
	run, err := s.function("B", "runN")
	if err != nil {
		return err
	}
	receiver := names(run.Recv)
	if len(receiver) != 1 || !s.has(receiver[0]+".benchFunc(") {
		return s.missing("the call of the benchmark's function in B.runN")
	}
	b := receiver[0]
	s.insert(run.Body.Lbrace+1, fmt.Sprintf(" if %[1]s.Bench != nil { %[1]s.Bench(%[2]s, %[2]s.benchFunc) };", pointName,
		b))
	return nil
}

// patchFuzz adds the call to fRunner, which runs a fuzz target with the inputs
// that are known. Tests run those inputs as its subtests.
func patchFuzz(s *source) error {
	run, err := s.function("", "fRunner")
	if err != nil {
		return err
	}
	params := names(run.Type.Params)
	if len(params) != 2 {
		return s.missing("the two parameters of fRunner")
	}
	s.insert(run.Body.Lbrace+1, fmt.Sprintf(" if %[1]s.Test != nil { %[1]s.Test(%[2]s, %[3]s, false) };", pointName,
		params[0], params[1]))
	return nil
}

// patchExample adds the call to runExample.
func patchExample(s *source) error {
	run, err := s.function("", "runExample")
	if err != nil {
		return err
	}
	params, results := names(run.Type.Params), names(run.Type.Results)
	if len(params) != 1 || len(results) != 1 {
		return s.missing("the parameter and the name of the result of runExample")
	}
	const call = " if %[1]s.Example != nil { defer leakcheckExample(%[2]s.Name, &%[3]s) };"
	s.insert(run.Body.Lbrace+1, fmt.Sprintf(call, pointName, params[0], results[0]))
	return nil
}

// patchDeps has each test binary link the checks.
func patchDeps(s *source) error {
	return s.imports(fmt.Sprintf(`_ %q`, libraryPath+"/"+hookDir))
}

// patchSetLabels has goroutines keep the label of their test where tests set labels.
func patchSetLabels(s *source) error {
	return s.replace("", "SetGoroutineLabels", "unsafe.Pointer(ctxLabels)", "unsafe.Pointer(leakcheckKeep(ctxLabels))")
}

// patchCountProfile leaves the label of the test out of profiles of goroutines.
func patchCountProfile(s *source) error {
	return s.replace("runtimeProfile", "Label", "(*labelMap)(p.labels[i])", "leakcheckUser((*labelMap)(p.labels[i]))")
}

// patchSamples leaves the label of the test out of CPU profiles.
func patchSamples(s *source) error {
	return s.replace("profileBuilder", "build", "(*labelMap)(e.tag).Set.List", "leakcheckList((*labelMap)(e.tag))")
}

// replace replaces a text that occurs once in a function.
func (s *source) replace(receiver, function, old, new string) error {
	f, err := s.function(receiver, function)
	if err != nil {
		return err
	}
	from, to := s.fset.PositionFor(f.Pos(), false).Offset, s.fset.PositionFor(f.End(), false).Offset
	body := string(s.text[from:to])
	if strings.Count(body, old) != 1 {
		return s.missing(old + " of func " + function)
	}
	at := from + strings.Index(body, old)
	s.edits = append(s.edits, Edit{at, at + len(old), new})
	return nil
}

// imports adds an import to the first group of imports.
func (s *source) imports(spec string) error {
	for _, d := range s.tree.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT && g.Lparen.IsValid() {
			s.insert(g.Lparen+1, " "+spec+";")
			return nil
		}
	}
	return s.missing("a group of imports")
}

// function returns the function of this name, or the method of a pointer to the
// type receiver.
func (s *source) function(receiver, name string) (*ast.FuncDecl, error) {
	for _, d := range s.tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil && f.Name.Name == name && receiverType(f) == receiver {
			return f, nil
		}
	}
	if receiver != "" {
		name = "(*" + receiver + ")." + name
	}
	return nil, s.missing("func " + name)
}

func receiverType(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return ""
	}
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		if id, ok := star.X.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

// names are the names in a list of parameters or results.
func names(list *ast.FieldList) []string {
	var all []string
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		for _, n := range f.Names {
			all = append(all, n.Name)
		}
	}
	return all
}

// missing is the error for a release whose files look different.
func (s *source) missing(what string) error {
	return fmt.Errorf("%s: %s is not there", s.name, what)
}

// has reports whether the text occurs in the file.
func (s *source) has(text string) bool { return strings.Contains(string(s.text), text) }

func (s *source) insert(at token.Pos, text string) {
	o := s.fset.PositionFor(at, false).Offset
	s.edits = append(s.edits, Edit{o, o, text})
}

// The file with the constants of the experiment that has the runtime prove
// leaks. Releases in which that is no experiment do not have the file.
const experimentFile = "internal/goexperiment/exp_goroutineleakprofile_off.go"

// switchOn turns the constants of an experiment that is off into those of one
// that is on.
func switchOn(text []byte) ([]byte, error) {
	on := strings.NewReplacer("= false\n", "= true\n", "= 0\n", "= 1\n").Replace(string(text))
	if on == string(text) {
		return nil, errors.New(experimentFile + ": the constant of the experiment is not there")
	}
	return []byte(on), nil
}
