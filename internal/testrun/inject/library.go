package inject

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	modulePath  = "github.com/leakcheck-go/goroutine"
	libraryPath = "leakcheckhook" // our packages as those of the standard library lie below it

	// dropped from the paths below libraryPath: internal ones would be closed to package testdeps
	ours    = "internal/testrun/"
	hookDir = "hook" // what package testdeps imports; the rest follows from its imports
)

// adopted is the path below libraryPath that the package in folder dir of our
// module gets.
func adopted(dir string) string { return strings.TrimPrefix(dir, ours) }

// Symbol is what the linker calls a variable of one of our packages in a test
// binary with the checks.
func Symbol(dir, variable string) string { return libraryPath + "/" + adopted(dir) + "." + variable }

// library returns the files of our packages that the checks need, by path below
// GOROOT/src. Tests are left out.
func library(src fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	queue := []string{ours + hookDir}
	for i := 0; i < len(queue); i++ {
		dir := queue[i]
		names, err := fs.Glob(src, path.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("%s: not among the embedded sources", dir)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, imports, err := adopt(src, name)
			if err != nil {
				return nil, err
			}
			files[path.Join(libraryPath, adopted(dir), path.Base(name))] = text
			for _, p := range imports {
				if !slices.Contains(queue, p) {
					queue = append(queue, p)
				}
			}
		}
	}
	for name, text := range besides {
		files[name] = []byte(text)
	}
	return files, nil
}

// besides are files that work in the standard library alone, by path below
// GOROOT/src. They have package capture change what the runtime knows of GODEBUG
// without a change of the environment, which the tests and the programs that
// they start would see, and label goroutines so that the tests do not see it. A
// function without a body, which the go command allows for few packages, lies in one of
// them that not much depends on.
//
// What package testing calls is a variable of its own, and no package that it
// imports: for the tests' sake go test vets package testing and all that it
// imports, each in its folder, and our folders are there for the compiler alone.
var besides = map[string]string{
	"runtime/metrics/leakcheck.go": `package metrics

import _ "unsafe" // for linkname

//go:linkname runtimeSetenv syscall.runtimeSetenv
func runtimeSetenv(key, value string)

// LeakcheckGodebug is for leakcheck alone.
func LeakcheckGodebug(value string) { runtimeSetenv("GODEBUG", value) }
`,
	"runtime/pprof/leakcheck.go": `package pprof

import (
	"internal/runtime/pprof/label"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
	"weak"
)

// leakcheckSet is the labels of a goroutine and, at their end, that of its test. The
// list is one label shorter but for dumps of leakcheck, so that the tests see their
// own labels alone.
type leakcheckSet struct {
	labelMap // first, as the runtime takes a set for a labelMap
	test     *leakcheckSet // the set with the label of the test alone
	user     *labelMap     // the other labels, as they were set
	last     atomic.Pointer[leakcheckSet] // made last of this test and other labels
}

var leakcheckSets struct {
	sync.Mutex
	all   []weak.Pointer[leakcheckSet]
	shown bool
}

// leakcheckKey is a text of its own: only our sets have a label with this very key.
var leakcheckKey = strings.Clone("leakcheck.test")

// leakcheckOf returns the set that l is, or nil where l is not leakcheck's. The
// race detector is not to see these reads and the writes of LeakcheckShow, which no
// lock orders.
//
//go:norace
func leakcheckOf(l *labelMap) *leakcheckSet {
	if l == nil || cap(l.List) == 0 {
		return nil
	}
	last := &l.List[:cap(l.List)][cap(l.List)-1]
	if unsafe.StringData(last.Key) != unsafe.StringData(leakcheckKey) {
		return nil
	}
	return (*leakcheckSet)(unsafe.Pointer(l))
}

func leakcheckMake(user *labelMap, value string) *leakcheckSet {
	var own []label.Label
	if user != nil {
		own = user.List
	}
	list := make([]label.Label, len(own)+1) // no more room than that: ours is the last
	copy(list, own)
	list[len(own)] = label.Label{Key: leakcheckKey, Value: value}
	s := &leakcheckSet{user: user}
	s.List = list[:len(own)]
	sets := &leakcheckSets
	sets.Lock()
	defer sets.Unlock()
	if sets.shown {
		s.List = list
	}
	if len(sets.all) == cap(sets.all) {
		sets.all = slices.DeleteFunc(sets.all, func(w weak.Pointer[leakcheckSet]) bool { return w.Value() == nil })
	}
	sets.all = append(sets.all, weak.Make(s))
	return s
}

// with returns the set of the same test with other labels. The last one is kept:
// code that sets the labels of one context again and again allocates nothing.
func (t *leakcheckSet) with(user *labelMap) *leakcheckSet {
	if user == nil {
		return t
	}
	if s := t.last.Load(); s != nil && s.user == user {
		return s
	}
	s := leakcheckMake(user, leakcheckValue(t))
	s.test = t
	t.last.Store(s)
	return s
}

//go:norace
func leakcheckValue(s *leakcheckSet) string { return s.List[:cap(s.List)][cap(s.List)-1].Value }

// leakcheckKeep returns the labels that a goroutine gets where l is asked for: those,
// and that of its test.
func leakcheckKeep(l *labelMap) *labelMap {
	if s := leakcheckOf((*labelMap)(runtime_getProfLabel())); s != nil {
		return &s.test.with(l).labelMap
	}
	return l
}

// leakcheckUser returns the labels of l without ours, or nil.
func leakcheckUser(l *labelMap) *labelMap {
	if s := leakcheckOf(l); s != nil {
		return s.user
	}
	return l
}

func leakcheckList(l *labelMap) []label.Label {
	if l = leakcheckUser(l); l == nil {
		return nil
	}
	return l.List
}

// LeakcheckLabel is for leakcheck alone. It marks the calling goroutine, and those
// that it will start, with the name of a test.
func LeakcheckLabel(test string) {
	s := leakcheckMake(nil, test)
	s.test = s
	user := leakcheckUser((*labelMap)(runtime_getProfLabel()))
	runtime_setProfLabel(unsafe.Pointer(s.with(user)))
}

// LeakcheckTest is for leakcheck alone. It returns the name of the test that the
// calling goroutine works for, or "".
func LeakcheckTest() string {
	if s := leakcheckOf((*labelMap)(runtime_getProfLabel())); s != nil {
		return leakcheckValue(s)
	}
	return ""
}

// LeakcheckShow is for leakcheck alone. It has stacks show the labels of tests, or
// not. Only the length of a list changes, so that a stack which is printed meanwhile
// has either.
//
//go:norace
func LeakcheckShow(on bool) {
	sets := &leakcheckSets
	sets.Lock()
	defer sets.Unlock()
	sets.shown = on
	for _, w := range sets.all {
		if s := w.Value(); s != nil {
			n := cap(s.List)
			if !on {
				n--
			}
			s.List = s.List[:n]
		}
	}
}
`,
	"testing/leakcheck.go": `package testing

import (
	"os"
	"slices"
	"strings"
)

// LeakcheckPoints is for leakcheck alone.
var LeakcheckPoints struct {
	Test    func(t, fn any, fuzzing bool)
	Over    func(t any)
	Bench   func(b, fn any)
	Example func(name string, ok bool)
	Run     func() (end func(code int) int)
}

func leakcheckEnd(end func(code int) int, result, exitCode *int) {
	*result = end(*result)
	*exitCode = *result
}

func leakcheckExample(name string, ok *bool) { LeakcheckPoints.Example(name, *ok) }

// LeakcheckJSON is for leakcheck alone. It tells that "go test -json" runs the
// process. The command adds -json, and the -v that the user has: without the two,
// the arguments are those that go test gives.
var LeakcheckJSON = func() bool {
	const flag = "-test.v="
	i := slices.Index(os.Args, flag+"test2json")
	if i < 0 {
		return false
	}
	again := slices.IndexFunc(os.Args[i+1:], func(arg string) bool { return strings.HasPrefix(arg, flag) })
	if again < 0 {
		return true
	}
	args := slices.Delete(slices.Clone(os.Args), i, i+1)
	if args[i+again] == flag+"false" { // as where it is not given
		args = slices.Delete(args, i+again, i+again+1)
	}
	os.Args = args
	return true
}()
`,
	libraryPath + "/hook/testing.go": `package hook

import "testing"

func init() { at = (*points)(&testing.LeakcheckPoints); connect(testing.LeakcheckJSON) }
`,
	libraryPath + "/internal/engine/capture/runtime.go": `package capture

import (
	"runtime/metrics"
	"runtime/pprof"
)

func init() {
	actOn = metrics.LeakcheckGodebug
	addLabel, ownLabel, showLabels = pprof.LeakcheckLabel, pprof.LeakcheckTest, pprof.LeakcheckShow
}
`,
}

// adopt rewrites the imports of one of our files, and returns which of our
// packages it imports.
func adopt(src fs.FS, name string) (text []byte, imports []string, err error) {
	text, err = fs.ReadFile(src, name)
	if err != nil {
		return nil, nil, err
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ImportsOnly)
	if err != nil {
		return nil, nil, err
	}
	var edits []Edit
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", fset.Position(spec.Pos()), err)
		}
		if dir, ok := strings.CutPrefix(p, modulePath+"/"); ok {
			imports = append(imports, dir)
			from, to := fset.PositionFor(spec.Path.Pos(), false).Offset, fset.PositionFor(spec.Path.End(), false).Offset
			edits = append(edits, Edit{from, to, strconv.Quote(libraryPath + "/" + adopted(dir))})
		}
	}
	return Splice(text, edits), imports, nil
}
