package repocheck_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/leakcheck-go/goroutine"

// importRule says what the code outside tests of some packages may import.
// The standard library is always allowed.
//
// Packages of this module are named by their path below the module root, and
// the root itself by ".". A name ending in "/..." stands for a package and
// everything below it.
type importRule struct {
	pkg    string
	may    []string // packages of this module it may import
	never  []string // packages of this module it may not reach even indirectly
	others bool     // whether it may import other modules
	why    string
}

// importTable has a row for each package of the module. A row may come before
// its package; a package may not come before its row.
var importTable = []importRule{
	{
		pkg: ".",
		why: "the root embeds the sources of the packages below and calls none of them",
	},
	{
		pkg: "stackparse",
		may: []string{"stackparse/internal/..."},
		why: "it reads text and is of use on its own",
	},
	{
		pkg: "stackparse/internal/...",
		why: "they are parts of stackparse that do not know its types",
	},
	{
		pkg:    "stackparse/pprofile",
		may:    []string{"stackparse", "stackparse/internal/..."},
		others: true,
		why:    "it reads profiles into the goroutines of stackparse; their protobuf is another module's work",
	},
	{
		pkg: "filters",
		may: []string{"stackparse", "internal/engine/words"},
		why: "it decides about parsed goroutines and need not know how they were captured or are reported",
	},
	{
		pkg: "leakcheck",
		may: []string{"filters", "stackparse", "internal/..."},
		why: "every test binary that checks for leaks links it, so it must bring in little",
	},
	{
		pkg: "leakcheck/goleak",
		may: []string{"leakcheck", "filters", "internal/engine/dropin"},
		why: "test binaries link it in place of goleak, and it does nothing that leakcheck does not do",
	},
	{
		pkg: "leakcheck/gleak",
		may: []string{"stackparse", "internal/engine", "internal/engine/...", "leakcheck/gleak/goroutine"},
		why: "test binaries link it in place of gleak; the matchers need no Gomega, so neither does it",
	},
	{
		pkg: "leakcheck/gleak/goroutine",
		may: []string{"stackparse", "internal/engine/capture"},
		why: "it has the goroutines that package gleak judges, under the import path that they have in Gomega",
	},
	{
		pkg: "internal/engine/dropin",
		why: "it holds the words between leakcheck and the packages over it that mimic other checkers",
	},
	{
		pkg: "leakcheck/leakhttp",
		may: []string{"leakcheck", "stackparse", "stackparse/pprofile", "filters", "internal/..."},
		why: "it serves what the checker finds; net/http stays here and out of the checker",
	},
	{
		pkg:    "leakcheck/leakprom",
		may:    []string{"internal/..."},
		others: true,
		why:    "it counts what the checker finds, with the library of those who read the counts; it stays out of the checker",
	},
	{
		pkg: "cmd/leakcheck",
		may: []string{"internal/cli"},
		why: "it is the process around internal/cli",
	},
	{
		pkg:    "internal/cli",
		may:    []string{"./..."},
		never:  []string{"leakcheck/leakhttp", "leakcheck/leakprom"},
		others: true,
		why:    "it reads dumps and runs tests; serving a process's own goroutines is the other door",
	},
	{
		pkg: "internal/engine/capture",
		may: []string{"stackparse"},
		why: "it takes dumps and hands them over parsed; what they mean is decided elsewhere",
	},
	{
		pkg: "internal/engine/heap",
		may: []string{"internal/engine/sorting", "internal/engine/testbin", "stackparse"},
		why: "it reads the memory of this process or a dump of another, and joins it with the text of the same goroutines",
	},
	{
		pkg: "internal/engine/owner",
		may: []string{"stackparse", "internal/engine/capture"},
		why: "it reads the label that capture sets, and the stacks",
	},
	{
		pkg: "internal/engine/source",
		may: []string{"internal/engine/gosyntax", "stackparse"},
		why: "it finds source lines for parsed frames",
	},
	{
		pkg: "internal/engine",
		may: []string{"filters", "stackparse", "internal/engine/..."},
		why: "it turns a dump into a report for all callers; no door, no net/http, no third party",
	},
	{
		pkg: "internal/engine/resource",
		may: []string{"internal/engine/sorting"},
		why: "it asks the system what the process holds",
	},
	{
		pkg: "internal/engine/wait",
		may: []string{"filters", "stackparse", "internal/engine/source"},
		why: "what a wait means is read from its stack and the source around it",
	},
	{
		pkg: "internal/engine/settle",
		may: []string{"filters", "stackparse", "internal/engine/capture", "internal/engine/heap", "internal/engine/source", "internal/engine/wait"},
		why: "it waits for goroutines that somebody else picks",
	},
	{
		pkg: "internal/engine/settle/settletest",
		may: []string{"stackparse", "internal/engine/capture", "internal/engine/wait"},
		why: "it plays the runtime for tests",
	},
	{
		pkg: "internal/engine/hung",
		may: []string{"filters", "stackparse", "internal/engine", "internal/engine/..."},
		why: "it watches the tests of a process and reports as the other checks do",
	},
	{
		pkg: "internal/engine/ratchet",
		may: []string{"internal/engine/sorting", "stackparse", "internal/engine/baseline", "internal/engine/testbin", "internal/engine/words"},
		why: "it counts the leaks of a process against a baseline, for all checks",
	},
	{
		pkg: "internal/engine/testbin",
		why: "it reads flags",
	},
	{
		pkg: "internal/engine/gosyntax",
		why: "it looks at the tree that go/parser makes, whoever asks",
	},
	{
		pkg: "internal/engine/sorting",
		why: "it sorts, whatever it is",
	},
	{
		pkg: "internal/engine/jsontext",
		why: "it writes values, whatever they are",
	},
	{
		pkg: "internal/engine/words",
		why: "it makes words of numbers and names",
	},
	{
		pkg: "internal/engine/cause",
		may: []string{"stackparse", "internal/engine/relate", "internal/engine/source", "internal/engine/wait"},
		why: "why a goroutine waits is read from its stack and the source around it",
	},
	{
		pkg: "internal/cli/pairs",
		may: []string{".", "internal/engine/cause"},
		why: "it holds programs that show mistakes, and knows which causes the examples show instead; the root embeds those",
	},
	{
		pkg:    "internal/gotest/pairtest",
		may:    []string{"stackparse", "filters", "leakcheck", "internal/..."},
		others: true,
		why:    "it runs those programs and looks at them as a user does, with the checker",
	},
	{
		pkg: "internal/engine/relate",
		may: []string{"internal/engine/sorting", "stackparse", "internal/engine/source"},
		why: "what goroutines have to do with each other is read from their stacks and the source around them",
	},
	{
		pkg: "internal/service/live",
		may: []string{"filters", "stackparse", "stackparse/pprofile", "internal/engine", "internal/engine/heap", "internal/engine/capture", "internal/engine/cause", "internal/engine/report", "internal/engine/source", "internal/engine/owner", "internal/engine/wait", "internal/service/requests", "internal/service/trend"},
		why: "it looks at a running process and says what it saw; who may see that, and where it is written, is decided at the doors",
	},
	{
		pkg: "internal/service/requests",
		may: []string{"stackparse", "internal/engine/capture", "internal/engine/owner", "internal/engine/testbin"},
		why: "it labels goroutines and counts what is in flight; what is a request is said at the doors",
	},
	{
		pkg: "internal/engine/report",
		may: []string{"internal/engine/jsontext", "internal/engine/sorting", "internal/engine/words", "stackparse", "internal/engine/wait", "internal/engine/cause", "internal/engine/owner", "internal/engine/relate", "internal/engine/source", "filters"},
		why: "it writes down what others found out and captures nothing itself",
	},
	{
		pkg: "internal/testrun/inject",
		may: []string{".", "internal/atomicfile", "internal/testrun/options", "internal/testrun/own"},
		why: "it adds checks to other modules as text, and only its tests need the text of this one",
	},
	{
		pkg: "internal/testrun",
		may: []string{".", "internal/engine/words", "internal/gotest", "internal/engine/report", "internal/engine/heap", "internal/dumps/program", "internal/engine/baseline", "internal/engine/ratchet", "internal/engine/source", "internal/fix", "stackparse", "internal/testrun/inject", "internal/testrun/frame", "internal/testrun/links", "internal/testrun/options", "internal/testrun/repeat"},
		why: "it is all of leakcheck test but its flags: it runs the tests of other modules and says what they found",
	},
	{
		pkg: "internal/testrun/links",
		may: []string{"internal/atomicfile"},
		why: "the go command runs it in place of the linker; what the linker writes is not its business",
	},
	{
		pkg: "internal/testrun/repeat",
		may: []string{"internal/testrun/frame"},
		why: "go test runs it in place of a test binary; it says in frames what it ran",
	},
	{
		pkg: "internal/testrun/explore",
		may: []string{"internal/engine/report", "internal/testrun/frame", "internal/testrun/inject", "internal/testrun/explore/perturb"},
		why: "it runs the tests of other modules many times and reads what they found",
	},
	{
		pkg: "internal/testrun/explore/perturb",
		why: "it is linked into the tests of other modules, among the packages of the standard library",
	},
	{
		pkg: "internal/testrun/options",
		why: "the command and the test binaries share what is in it",
	},
	{
		pkg: "internal/testrun/frame",
		why: "it carries what others found through the output of go test",
	},
	{
		pkg: "internal/fix",
		may: []string{"internal/engine/gosyntax", "stackparse"},
		why: "it reads and rewrites text; what a leak is and whether a change ends it is known to who asks",
	},
	{
		pkg: "internal/migrate",
		may: []string{"filters", "internal/engine/gosyntax"},
		why: "it rewrites text and asks filters alone whether a name can match",
	},
	{
		pkg: "internal/testrun/hook",
		may: []string{"filters", "stackparse", "internal/engine/...", "internal/engine", "internal/testrun/frame", "internal/testrun/options", "internal/testrun/own"},
		why: "it is linked into the test binaries of other modules, as leakcheck is",
	},
	{
		pkg: "internal/testrun/own",
		why: "it looks at files, for the command and in the test binaries of other modules",
	},
	{
		pkg:    "internal/fleet",
		may:    []string{"internal/engine/words", "stackparse", "stackparse/pprofile", "filters", "internal/atomicfile", "internal/engine/cause", "internal/dumps/load", "internal/engine/owner", "internal/engine/report", "internal/engine/source", "internal/engine/wait", "internal/dumps/survey"},
		others: true,
		why:    "it puts the profiles of many processes together; YAML, in which Prometheus names them, is another module's work",
	},
	{
		pkg: "internal/gotest",
		why: "it reads events, for all callers",
	},
	{
		pkg: "internal/atomicfile",
		why: "it writes bytes, whatever they are",
	},
	{
		pkg: "internal/engine/baseline",
		may: []string{"internal/engine/jsontext", "internal/engine/sorting", "internal/engine/words", "internal/atomicfile"},
		why: "it compares names and counts, from any check",
	},
	{
		pkg: "internal/render",
		may: []string{"internal/engine/report", "internal/engine/words"},
		why: "it renders the model for commands and services; test binaries do not link it",
	},
	{
		pkg: "internal/render/sarif",
		may: []string{"internal/engine/report", "internal/engine/cause"},
		why: "it renders the model; test binaries have no use for the format and do not link it",
	},
	{
		pkg:    "internal/render/pprof",
		may:    []string{"internal/engine/report", "stackparse"},
		others: true,
		why:    "it renders the model with the library of the format, which test binaries do not link",
	},
	{
		pkg:    "internal/dumps/load",
		may:    []string{"stackparse", "stackparse/pprofile", "internal/engine/wait"},
		others: true,
		why:    "it brings dumps from where they are; what they mean is decided elsewhere",
	},
	{
		pkg: "internal/dumps/bodies",
		why: "it looks at files, and knows nothing of what asks about them",
	},
	{
		pkg: "internal/dumps/program",
		may: []string{"internal/engine/heap"},
		why: "it reads executables, which test binaries need not",
	},
	{
		pkg: "internal/dumps/survey",
		may: []string{"stackparse", "stackparse/pprofile", "filters", "internal/engine/cause", "internal/engine/relate", "internal/engine/report", "internal/engine/source"},
		why: "it counts goroutines, wherever they come from, and hands the report what that is made of",
	},
	{
		pkg: "internal/service/trend",
		why: "it judges numbers, whatever they count",
	},
	{
		pkg: "internal/repocheck",
		why: "it has tests alone",
	},
	{
		pkg: "internal/repocheck/skipcheck",
		may: []string{"internal/gotest"},
		why: "what judges a test run must not depend on what it judges",
	},
	{
		pkg:    "examples/staging",
		may:    []string{"leakcheck", "leakcheck/leakhttp", "leakcheck/leakprom"},
		others: true,
		why:    "it is a service as a user would write it, with all that watches one",
	},
	{
		pkg:    "examples/stuckmember",
		others: true,
		why:    "errgroup, in which its mistake is made, is another module's work",
	},
	{
		pkg: "examples/silentexit/orders",
		may: []string{"leakcheck", "examples/silentexit"},
		why: "it is a program with the exit report in its main",
	},
	{
		pkg:    "examples/internal/leaky",
		may:    []string{"internal/engine/report", "internal/gotest/steady"},
		others: true,
		why:    "it reads the reports of the examples' tests as a program does",
	},
	{
		pkg: "examples/internal/mistakes",
		may: []string{"examples/internal/leaky", "internal/engine/gosyntax"},
		why: "it makes pages of the examples",
	},
	{
		pkg:    "internal/gotest/golden",
		others: true,
		why:    "it is a part of tests, which may use testify",
	},
	{
		pkg:    "internal/engine/report/reporttest",
		may:    []string{"internal/engine/report"},
		others: true,
		why:    "it is a part of tests, which may use testify",
	},
	{
		pkg: "internal/gotest/steady",
		why: "it compares text and sorts out variables, whatever prints the one and reads the other",
	},
	{
		pkg: "examples/...",
		why: "an example shows ordinary code with a leak; only its tests use the checker",
	},
}

// lightPackages are linked into the test binaries of other modules. Whatever
// they reach, directly or not, those modules have to build too.
var lightPackages = []string{"stackparse", "filters", "leakcheck", "leakcheck/goleak", "leakcheck/gleak",
	"leakcheck/gleak/goroutine"}

// heavyImports are standard packages that lightPackages must not reach.
var heavyImports = map[string]string{
	"net/http":      "it is large, and it starts goroutines that a leak checker would then have to excuse",
	"html/template": "it is large, and calling methods by name keeps the linker from dropping unused ones",
}

// allowedModules are the modules go.mod may require directly.
var allowedModules = map[string]string{
	"github.com/stretchr/testify":         "assertions in tests",
	"github.com/rogpeppe/go-internal":     "the diff of leakcheck migrate; testscript, for tests of the command",
	"github.com/google/pprof":             "the format of goroutine profiles",
	"go.yaml.in/yaml/v3":                  "files of targets as Prometheus reads them",
	"golang.org/x/sync":                   "errgroup, for the example of a stuck member",
	"golang.org/x/sys":                    "a pseudo terminal, for tests of what the command prints to one",
	"golang.org/x/term":                   "whether the command writes to a terminal, and how wide it is",
	"github.com/prometheus/client_golang": "metrics as its users read them",
}

// builds are the configurations whose imports are checked. Files that belong
// to one system or to a build tag are seen in no other configuration.
var builds = []struct{ name, goos, goarch, tags string }{
	{"linux", "linux", "amd64", ""},
	{"linux leaky", "linux", "amd64", "leaky"},
	{"darwin", "darwin", "arm64", ""},
	{"windows", "windows", "amd64", ""},
	{"js", "js", "wasm", ""},
}

func TestImports(t *testing.T) {
	touchSources(t)
	for _, b := range builds {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			pkgs := listPackages(t, b.goos, b.goarch, b.tags)
			require.NotEmpty(t, pkgs)
			for _, problem := range checkImports(importTable, pkgs) {
				t.Error(problem)
			}
			for _, problem := range checkEngine(pkgs) {
				t.Error(problem)
			}
			for _, problem := range checkLight(lightPackages, pkgs) {
				t.Error(problem)
			}
		})
	}
}

func TestImportTableIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range importTable {
		assert.NotEmpty(t, rule.why, "row %q needs a why", rule.pkg)
		assert.False(t, seen[rule.pkg], "row %q appears twice", rule.pkg)
		seen[rule.pkg] = true
	}
	for _, name := range lightPackages {
		assert.True(t, seen[name], "%q has no row", name)
	}
	for name, why := range heavyImports {
		assert.NotEmpty(t, why, "%s needs a why", name)
	}
}

// TestCheckImports shows that the rules catch what they are there to catch.
func TestCheckImports(t *testing.T) {
	table := []importRule{
		{pkg: ".", why: "why"},
		{pkg: "a", why: "why"},
		{pkg: "b", may: []string{"a", "in/..."}, why: "why"},
		{pkg: "cmd", may: []string{"./..."}, never: []string{"b/..."}, others: true, why: "why"},
		{pkg: "in/...", why: "why"},
		{pkg: "in/x", may: []string{"a"}, why: "why"},
		{pkg: "later", why: "why"},
	}
	tests := []struct {
		name string
		pkg  listedPackage
		want []string
	}{
		{"standard library", ours("a", "fmt", "net/http"), nil},
		{"root without imports", ours("."), nil},
		{"root with an import", ours(".", "a"), []string{". must not import a: why"}},
		{"allowed package", ours("b", "a"), nil},
		{"package below an allowed one", ours("b", "in", "in/x"), nil},
		{"forbidden package", ours("a", "b"), []string{"a must not import b: why"}},
		{"package with the name of an allowed one at its start", ours("b", "a/c"), []string{"b must not import a/c: why"}},
		{"other module", ours("b", "example.com/m"), []string{"b must not import example.com/m: why"}},
		{"other module where allowed", ours("cmd", "example.com/m", "a"), nil},
		{"everything but one", ours("cmd", "b/c"), []string{"cmd must not reach b/c: why"}},
		{"exact row before a general one", ours("in/x", "a"), nil},
		{"general row", ours("in/y", "a"), []string{"in/y must not import a: why"}},
		{"no row", ours("new"), []string{"new has no row in importTable: add a row"}},
		{"no row below a row", ours("a/new"), []string{"a/new has no row in importTable: add a row"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, checkImports(table, packages(tt.pkg)))
		})
	}
}

func TestCheckLight(t *testing.T) {
	light := []string{"a", "not there yet"}
	tests := []struct {
		name string
		pkg  listedPackage
		want []string
	}{
		{"standard library and our own", ours("a", "fmt", "b"), nil},
		{"other module", ours("a", "example.com/m"), []string{"a must not reach example.com/m: it is outside the module and the standard library"}},
		{"heavy standard package", ours("a", "net/http"), []string{"a must not reach net/http: " + heavyImports["net/http"]}},
		{"package that may be heavy", ours("c", "net/http", "example.com/m"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, checkLight(light, packages(tt.pkg)))
		})
	}
}

func TestCheckEngine(t *testing.T) {
	assert.Equal(t, []string{"internal/engine/cause must not reach leakcheck: it is a door"},
		checkEngine(packages(ours("internal/engine/cause", "fmt", "stackparse", "leakcheck"))))
	assert.Empty(t, checkEngine(packages(ours("leakcheck/leakhttp", "leakcheck", "internal/engine"))), "a door may")
}

func TestRequirements(t *testing.T) {
	touchSources(t)
	var mod struct {
		Module  struct{ Path string }
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	require.NoError(t, json.Unmarshal(goCommand(t, nil, "mod", "edit", "-json"), &mod))
	require.Equal(t, modulePath, mod.Module.Path)
	for _, req := range mod.Require {
		if !req.Indirect {
			assert.Contains(t, allowedModules, req.Path, "go.mod requires a module without a reason in allowedModules")
		}
	}
	for path, why := range allowedModules {
		assert.NotEmpty(t, why, "%s needs a why", path)
	}
}

// listedPackage is the part of the go list answer the rules look at.
type listedPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// name is the path of the package below the module root, "." for the root,
// and for packages of other modules their import path. The second result
// tells whether the package is of this module.
func (p listedPackage) name() (string, bool) { return localName(p.ImportPath) }

func localName(path string) (string, bool) {
	if path == modulePath {
		return ".", true
	}
	if name, ok := strings.CutPrefix(path, modulePath+"/"); ok {
		return name, true
	}
	return path, false
}

// listPackages lists the packages of the module and all they depend on
// outside tests, by import path.
func listPackages(t *testing.T, goos, goarch, tags string) map[string]listedPackage {
	t.Helper()
	env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
	out := goCommand(t, env, "list", "-deps", "-tags="+tags, "-json=ImportPath,Standard,Imports,Deps", "./...")
	pkgs := map[string]listedPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listedPackage
		require.NoError(t, dec.Decode(&p))
		pkgs[p.ImportPath] = p
	}
	return pkgs
}

// checkImports holds pkgs against table and returns what is wrong.
func checkImports(table []importRule, pkgs map[string]listedPackage) []string {
	var problems []string
	for _, p := range pkgs {
		name, own := p.name()
		if !own {
			continue
		}
		rule, ok := findRule(table, name)
		if !ok {
			problems = append(problems, name+" has no row in importTable: add a row")
			continue
		}
		for _, path := range p.Imports {
			if pkgs[path].Standard {
				continue
			}
			imported, own := localName(path)
			if own && !matchesAny(rule.may, imported) || !own && !rule.others {
				problems = append(problems, fmt.Sprintf("%s must not import %s: %s", name, imported, rule.why))
			}
		}
		for _, path := range p.Deps {
			if dep, own := localName(path); own && matchesAny(rule.never, dep) {
				problems = append(problems, fmt.Sprintf("%s must not reach %s: %s", name, dep, rule.why))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// Doors are what users call; rooms are what doors are built of. A room that
// imports a door makes a circle of what the door needs.
var (
	rooms = []string{"stackparse/...", "filters", "internal/engine/...", "internal/render/...", "internal/dumps/..."}
	doors = []string{"leakcheck/...", "cmd/...", "internal/cli/...", "internal/testrun", "internal/testrun/inject", "examples/..."}
)

// checkEngine returns which rooms reach a door. It has no exceptions.
func checkEngine(pkgs map[string]listedPackage) []string {
	var problems []string
	for _, p := range pkgs {
		name, own := p.name()
		if !own || !matchesAny(rooms, name) {
			continue
		}
		for _, path := range p.Deps {
			if dep, own := localName(path); own && matchesAny(doors, dep) {
				problems = append(problems, name+" must not reach "+dep+": it is a door")
			}
		}
	}
	slices.Sort(problems)
	return problems
}

// checkLight returns what the light packages reach and must not.
func checkLight(light []string, pkgs map[string]listedPackage) []string {
	var problems []string
	for _, name := range light {
		for _, path := range pkgs[modulePath+"/"+name].Deps {
			_, own := localName(path)
			if !own && !pkgs[path].Standard {
				problems = append(problems, fmt.Sprintf("%s must not reach %s: it is outside the module and the standard library", name, path))
			}
			if why, heavy := heavyImports[path]; heavy {
				problems = append(problems, fmt.Sprintf("%s must not reach %s: %s", name, path, why))
			}
		}
	}
	return problems
}

// findRule returns the row for a package: the one that names it, or else the
// longest of those that cover it.
func findRule(table []importRule, name string) (importRule, bool) {
	var found importRule
	ok := false
	for _, rule := range table {
		if rule.pkg == name {
			return rule, true
		}
		if matches(rule.pkg, name) && (!ok || len(rule.pkg) > len(found.pkg)) {
			found, ok = rule, true
		}
	}
	return found, ok
}

func matches(pattern, name string) bool {
	if pattern == "./..." {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == prefix || strings.HasPrefix(name, prefix+"/")
	}
	return name == pattern
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

// goCommand runs the go command at the module root and returns what it prints.
func goCommand(t *testing.T, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), &stderr)
	return out
}

// touchSources opens the files the go command reads for these tests. The go
// command keeps the result of a test until a file the test opened changes, and
// it does not see what a child process opens.
func touchSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if name == "testdata" || path != "." && strings.HasPrefix(name, ".") {
				return fs.SkipDir
			}
			return nil
		}
		if name != "go.mod" && filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return f.Close()
	})
	require.NoError(t, err)
}

// ours makes up a package of this module. An import below example.com is of
// another module, and fmt and net/http are standard.
func ours(name string, imports ...string) listedPackage {
	full := func(name string) string {
		switch {
		case name == ".":
			return modulePath
		case standard(name), strings.HasPrefix(name, "example.com/"):
			return name
		}
		return modulePath + "/" + name
	}
	p := listedPackage{ImportPath: full(name)}
	for _, imported := range imports {
		p.Imports = append(p.Imports, full(imported))
	}
	p.Deps = p.Imports
	return p
}

// packages makes the answer listPackages would give for p.
func packages(p listedPackage) map[string]listedPackage {
	pkgs := map[string]listedPackage{p.ImportPath: p}
	for _, path := range p.Imports {
		if standard(path) {
			pkgs[path] = listedPackage{ImportPath: path, Standard: true}
		}
	}
	return pkgs
}

func standard(path string) bool { return path == "fmt" || path == "net/http" }
