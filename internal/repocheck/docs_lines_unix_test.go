// The lines are written for a shell.

//go:build unix

package repocheck_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// docLine is a command of the documentation and what executes it.
type docLine struct {
	line string

	// The line is executed in a folder of testdata/docs.txtar, "shop" if empty;
	// where it has words that stand for something, those in run are instead. All
	// of them exit with the code and print what the pattern matches.
	in   string
	run  []string
	exit int
	out  string

	// Or it is executed by this test, given by its folder and name.
	test string

	// Or it is not executed, for this reason, and the packages, tests and flags
	// that it names have to be there.
	why string
}

// docLines has each command of the documentation, in an order in which they can
// be run one after the other.
var docLines = []docLine{
	// Tests of a module that does not know leakcheck.
	{line: "leakcheck test ./...", exit: 1, out: `leakcheck: 1 leak in 1 of 2 packages`},
	{line: "go run github.com/leakcheck-go/goroutine/cmd/leakcheck@latest test ./...", in: "new", exit: 1, out: `leakcheck: 1 leak in 1 of 2 packages`},
	{line: "leakcheck test -race -run=Fetch ./internal/...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -per-package ./...", test: "internal/cli.TestScripts"},
	{line: `leakcheck test -ignore 'created-by:"example.com/pool.New"' ./...`, test: "internal/cli.TestScripts"},
	{line: "leakcheck test -o sarif=leaks.sarif -o html=leaks.html ./...", exit: 1, out: `leakcheck: 1 leak`},
	{line: "leakcheck test -baseline leaks.json -update-baseline ./...", out: `leaks\.json: 1 added`},
	{line: "leakcheck test -baseline leaks.json ./...", out: `leakcheck: no leaks`},
	{line: "leakcheck test -proven-only ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -confirm ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -new-from main ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -exec-children ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -stress 40 -run=Fetch ./internal/fetch", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -fix ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -fix -o json=leaks.json ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -fix=write ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck test -json ./... >events.json", test: "internal/cli.TestScripts"},

	// Dumps and services.
	{line: "leakcheck report dump.txt", out: `3 x blocked sending on a channel`},
	{line: "leakcheck report http://localhost:6060", out: `3 x blocked sending on a channel`},
	{line: "leakcheck report - <dump.txt", out: `3 x blocked sending on a channel`},
	{line: "kubectl logs my-pod --previous | leakcheck report -", out: `3 x blocked sending on a channel`},
	{line: "leakcheck report -filter 'package:example.com/shop/...' -top 3 dumps/*.gz", out: `6 x blocked sending on a channel`},
	{line: "leakcheck report -o html dump.txt >report.html", run: []string{"leakcheck report -o html dump.txt >report.html; grep -c 'blocked sending' report.html"}, out: `^[1-9]`},
	{line: "leakcheck report -binary ./shop shop.heap", test: "internal/cli.TestScripts"},
	{line: "leakcheck report -compare good.pb.gz bad.pb.gz", run: []string{"leakcheck report -compare monday.pb.gz after.txt"}, out: `4 normal`},
	{line: "leakcheck report -compare good.pb.gz bad-*.pb.gz", run: []string{"leakcheck report -compare monday.pb.gz before.txt after.txt"}, out: `6 goroutines in 2 dumps: 6 normal`},
	{line: "leakcheck report FILE|URL|-", run: []string{"leakcheck report dump.txt", "leakcheck report http://localhost:6060", "leakcheck report - <dump.txt"}, out: `3 x blocked sending`},
	{line: "leakcheck diff BEFORE AFTER", run: []string{"leakcheck diff before.txt after.txt"}, out: `blocked sending on a channel`},
	{line: "leakcheck diff monday.txt friday.txt", out: `blocked sending on a channel`},
	{line: "leakcheck diff baseline.pb.gz http://localhost:6060", out: `blocked sending on a channel`},
	{line: "leakcheck diff monday.pb.gz http://localhost:6060", out: `blocked sending on a channel`},
	{line: "leakcheck diff -group functions old-build.txt new-build.txt", out: `blocked sending on a channel`},
	{line: "leakcheck diff -fail-on grown before.txt after.txt", exit: 1, out: `blocked sending on a channel`},
	{line: "leakcheck watch http://localhost:6060", out: `1 sample in .*; 4 goroutines at first, 4 at last`},
	{line: "leakcheck explore ./...", test: "internal/cli.TestScripts"},
	{line: "leakcheck explore -for 10m -run Fetch ./internal/fetch", test: "internal/cli.TestScripts"},
	{line: "leakcheck explore -replay 'TestFetch:c334@1' ./internal/fetch", test: "internal/cli.TestScripts"},
	{line: "leakcheck watch URL", run: []string{"leakcheck watch http://localhost:6060"}, out: `1 sample in .*; 4 goroutines at first`},
	{line: "leakcheck watch -filter 'package:example.com/shop/...' http://localhost:6060", out: `1 sample in .*; 4 goroutines at first`},
	{line: "leakcheck watch -interval 10s -for 10m -fail-on growth http://canary:6060", out: `samples? in .*; 4 goroutines at first`},
	{line: "leakcheck watch -for 10m -fail-on growth http://localhost:6060", out: `samples? in .*; 4 goroutines at first`},

	// A fleet.
	{line: "leakcheck fleet -prometheus http://prometheus:9090", exit: 1, out: `note: 1 suspect of 7 instances`},
	{line: "leakcheck fleet -prometheus URL", run: []string{"leakcheck fleet -prometheus http://prometheus:9090"}, exit: 1, out: `note: 1 suspect of 7 instances`},
	{line: `leakcheck fleet -prometheus http://prometheus:9090 -match 'job="api"' -address 'http://{host}:6060'`, exit: 1, out: `1 suspect of 7 instances`},
	{line: "leakcheck fleet -prometheus http://prometheus:9090 -module example.com/shop -codeowners .github/CODEOWNERS", exit: 1, out: `owner +@shopkeepers`},
	{line: "leakcheck fleet -prometheus http://prometheus:9090 -module example.com/shop", exit: 1, out: `1 suspect of 7 instances`},
	{line: `leakcheck fleet -prometheus URL -match 'job="api"'`, run: []string{`leakcheck fleet -prometheus http://prometheus:9090 -match 'job="api"'`}, exit: 1, out: `1 suspect of 7 instances`},
	{line: "leakcheck fleet -targets targets.yml -address http://{host}:6060/debug/pprof/", out: `3 x blocked sending`},
	{line: "leakcheck fleet -targets targets.yml -history profiles -o html >fleet.html", run: []string{"leakcheck fleet -targets targets.yml -history profiles -o html >fleet.html; ls profiles/api/*"}, out: `pb\.gz`},

	// What the command knows.
	{line: "leakcheck help", out: `leakcheck help <command>`},
	{line: "leakcheck help migrate", out: `usage: leakcheck migrate`},
	{line: "leakcheck filters", out: `runtime/main`},
	{line: "leakcheck filters google.golang.org/grpc", out: `grpc/client`},
	{line: "leakcheck filters -class missing-close", out: `database-sql/db`},
	{line: "leakcheck filters -syntax", out: `created-by`},
	{line: "leakcheck explain", out: `chan-send`},
	{line: "leakcheck explain chan-send", out: `WRONG`},
	{line: "leakcheck explain CAUSE", run: []string{"leakcheck explain chan-send"}, out: `WRONG`},
	// The bash of macOS, 3.2, reads nothing from such a file.
	{line: "source <(leakcheck completion bash)", run: []string{`if ((BASH_VERSINFO[0] >= 4)); then source <(leakcheck completion bash); else eval "$(leakcheck completion bash)"; fi; complete -p leakcheck`},
		out: `-F _leakcheck leakcheck`},
	{line: "source <(leakcheck completion zsh)", run: []string{"leakcheck completion zsh"}, out: `compdef`},                // few machines have that shell,
	{line: "leakcheck completion fish | source", run: []string{"leakcheck completion fish"}, out: `complete -c leakcheck`}, // or this one

	// Moving to leakcheck.
	{line: "leakcheck migrate ./...", test: ".TestMigrating"},
	{line: "leakcheck migrate -w ./...", test: ".TestMigrating"},
	{line: "leakcheck migrate -w ./internal/pool/pool_test.go", in: "migrating", out: `1 call rewritten in 1 file`},
	{line: "go get github.com/leakcheck-go/goroutine", in: "migrated", out: `go: added github.com/leakcheck-go/goroutine v0\.9\.0`},
	{line: "go mod tidy", in: "migrated"},

	// Tests with leakcheck.
	{line: "go test ./...", in: "checked", exit: 1, out: `1 goroutine outlived the tests`},
	// Go 1.27 has the proof without being asked and does not know the name.
	{line: "GOEXPERIMENT=goroutineleakprofile go test ./...", run: []string{"export GOEXPERIMENT=goroutineleakprofile; go version || unset GOEXPERIMENT; go test ./..."},
		in: "checked", exit: 1, out: `\(1 proven leaked\)`},
	{line: "LEAKCHECK_UPDATE_BASELINE=1 go test ./...", in: "checked"},
	{line: "go test -tags leaky ./examples/blockedsend", test: ".TestReadmeOutput"},
	{line: "go test -tags hung -timeout 30s ./examples/lockorder", test: ".TestReadmeHung"},
	{line: "go test -artifacts", test: "leakcheck.TestE2EArtifacts"},
	{line: "go test -fuzz", test: "leakcheck.TestE2EFuzzClean"},

	// Metrics and the session in examples/staging.
	{line: "promtool test rules leakcheck_test.yml", test: "internal/eval/fleettest.TestRules"},
	{line: "go run . -dumps /tmp/leaks", test: "examples/staging.TestSession"},
	{line: "go run . -dumps /tmp/leaks -fix", test: "examples/staging.TestSession"},
	{line: "for i in $(seq 200); do curl -s '127.0.0.1:8080/quote?item=tea'; done", test: "examples/staging.TestSession"},
	{line: "curl -s 127.0.0.1:6060/metrics | grep 'blocked_goroutines{location=\"shop.go'", test: "examples/staging.TestSession"},
	{line: "curl -X POST", test: "examples/staging.TestSession"},
	{line: "curl -s 127.0.0.1:6060/debug/leaks | head -6", test: "examples/staging.TestSession"},
	{line: "head -3 /tmp/leaks/leakcheck-*-growth.txt", test: "examples/staging.TestSession"},
	{line: "kill -USR1", test: "leakcheck/leakhttp.TestDumperOnSignal"},

	// For those who work on leakcheck.
	{line: "go doc github.com/leakcheck-go/goroutine/filters", in: ".", out: `expression = and`},
	{line: "go doc github.com/leakcheck-go/goroutine/leakcheck/goleak", in: ".", out: `RunOnFailure`},
	{line: "go doc github.com/leakcheck-go/goroutine/leakcheck/gleak", in: ".", out: `IgnoringTopFunction`},
	{line: "go -C internal/eval doc ./kernels", in: ".", out: `go run -C internal/eval ./kernels`},
	{line: "go -C internal/eval doc ./goleakusers", in: ".", out: `go run -C internal/eval ./goleakusers`},
	{line: "go doc -all", in: ".", run: []string{"go doc -all ./leakcheck"}, out: `func Verify`},
	{line: "go build ./...", in: "."},
	{line: "go test -tags leaky ./examples/...", why: "it runs what the test of each example runs"},
	{line: "CI=true LEAKY_UPDATE=1 GOTOOLCHAIN=go1.27.4 go test ./examples/...", why: "it rewrites what is printed"},
	{line: "go run ./examples/internal/mistakes", why: "it rewrites examples/README.md, which its test compares"},
	{line: "CI=true go test ./...", why: "all tests take minutes, and this is one of them: .ci/run does it"},
	{line: "GOTOOLCHAIN=go1.27.4 go test ./...", why: "all tests take minutes, and this is one of them: .ci/run does it"},
	{line: ".ci/run", why: "all tests take minutes, and this is one of them"},
	{line: "go test ./internal/engine/report/... -update", why: "it rewrites golden files"},
	{line: "go test ./internal/repocheck -run TestAPI -update", why: "it records the API as it is"},
	{line: "go -C internal/eval test ./...", why: "it needs a browser, and modules that nothing else does"},
	{line: "go -C internal/eval test ./pages", why: "it needs a browser, and modules that nothing else does"},
	{line: "go -C internal/eval test ./livetest/caches -run TestGoCache -update", why: "it rewrites a dump, and needs modules that nothing else does"},
	{line: "CI=true go test -race ./leakcheck -run E2ECrowd -leakcheck.runs=200 -timeout 1h", why: "it takes half an hour"},
	{line: "CI=true go test ./leakcheck -run E2ECorpus -corpus.runs=100 -timeout 1h", why: "it takes half an hour"},
	{line: "go test -run '^$' -bench Stops -benchtime 3x ./internal/service/live", why: "it wants 100,000 goroutines and a quiet machine"},
	{line: "go test -run '^$' -bench Capture -benchtime 5x ./internal/engine/heap", why: "it wants a quiet machine"},
	{line: "go test -run '^$' -bench Link -benchtime 9x ./internal/testrun", why: "it wants a quiet machine"},
	{line: "go test -run TestGenerated ./internal/engine/heap -graphs 5000", why: "it takes minutes; a sample runs with the tests"},
	{line: "go test -run '^$' -bench FetchAll -benchtime 3x ./examples/unbounded", why: "it wants a quiet machine"},
	{line: "go run -C internal/eval ./bench", why: "it takes minutes, and needs modules that nothing else does"},
	{line: "go run .", why: "internal/eval/bench/README.md has it for its own folder"},
	{line: "go run -C internal/eval ./load", why: "it takes three minutes and wants a quiet machine"},
	{line: "go run -C internal/eval ./kernels", why: "it takes five minutes"},
	{line: "go run -C internal/eval ./kernels -go go1.27.4", why: "it takes five minutes"},
	{line: "go run -C internal/eval ./kernels -go go1.27.4 -markdown", why: "it takes five minutes"},
	{line: "go run -C internal/eval ./kernels -go go1.26.8+goroutineleakprofile", why: "it takes five minutes"},
	{line: "go run -C internal/eval ./kernels -go go1.26.8 -timeout 20s", why: "it takes minutes"},
	{line: "go run -C internal/eval ./kernels -evidence heap -go go1.27.4 -mode started", why: "it takes minutes"},
	{line: "go run -C internal/eval ./kernels -evidence heap -go go1.26.8 -mode called", why: "it takes minutes"},
	{line: "go run -C internal/eval ./kernels -evidence heap -go go1.26.8 -mode started", why: "it takes minutes"},
	{line: "go run -C internal/eval ./kernels -explore 10s", why: "it takes ten minutes"},
	{line: "go run -C internal/eval ./explore programs", why: "it takes a minute; the test of its package does the same"},
	{line: "go run -C internal/eval ./explore corpus DIR...", why: "it takes minutes, and wants modules"},
	{line: "go run -C internal/eval ./explore overhead DIR...", why: "it takes minutes, and wants modules"},
	{line: "leakcheck explore -for 5m ./...", test: "internal/cli.TestScripts"},
	{line: "go run -C internal/eval ./goleakusers -go go1.26.8,go1.27.4", why: "it fetches six modules and takes minutes"},
	{line: "go run -C internal/eval ./gleaksuite", why: "it fetches a module"},
	{line: "go run -C internal/eval ./fixes", why: "it runs each leaking example eleven times, which takes minutes"},
	{line: "go run -C internal/eval ./openmodules [-runs 3] [-only PATTERN]", why: "it fetches thirteen modules and takes an hour"},
}

// TestLinesOfDocs executes the commands of the documentation, except for those that
// other tests execute. A command that is in no row of docLines fails it.
func TestLinesOfDocs(t *testing.T) {
	t.Parallel()
	steady.Need(t, "bash")
	touchSources(t)
	w := newDocWorld(t)
	written := w.linesOfDocs()
	folders := map[string][]docLine{} // what to execute there, one after the other
	for _, d := range docLines {
		assert.NotEmpty(t, written[d.line], "%q is on no page any more", d.line)
		delete(written, d.line)
		switch {
		case d.test != "":
			assertTest(t, d.test)
		case d.why != "":
			assertNames(t, d.line)
		default:
			in := cmp.Or(d.in, "shop")
			folders[in] = append(folders[in], d)
		}
	}
	for line, pages := range written {
		assert.Fail(t, "no row of docLines says what executes a command", "%s: %s", strings.Join(pages, ", "), line)
	}
	steady.Slow(t)
	for in, lines := range folders {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			for _, d := range lines {
				t.Run(d.line, func(t *testing.T) { w.execute(t, in, d) })
			}
			if in == "shop" {
				t.Run("docs/ci.md", w.executeCI)
			}
		})
	}
}

// TestOutputsOfDocs holds each output that is shown behind a command to a test
// that compares it.
func TestOutputsOfDocs(t *testing.T) {
	t.Parallel()
	compares := []string{".TestReadmeOutput", ".TestReadmeHung", ".TestMigrating", "examples/staging.TestSession"}
	shown := 0
	for name := range pagesOfDocs(t) {
		text := page(t, name)
		if name == "docs/tutorial.md" { // TestFirstTenMinutes follows its first part
			_, text, _ = strings.Cut(text, "\n## ")
			text = "\n## " + text
		}
		for _, block := range fenced(text, "console") {
			line, output, _ := strings.Cut(block, "\n")
			line, command := strings.CutPrefix(line, "$ ")
			if !command || output == "" {
				continue // TestSession knows what is shown without a command
			}
			i := slices.IndexFunc(docLines, func(d docLine) bool { return d.line == line })
			if assert.NotEqual(t, -1, i, "%s: %s", name, line) {
				assert.Contains(t, compares, docLines[i].test, "%s: %s", name, line)
				shown++
			}
		}
	}
	assert.Greater(t, shown, 5)
}

// A command in a code block, at a prompt, or between backquotes. commonName is
// what is no command then, but the name of one.
var (
	blockLine  = regexp.MustCompile(`^(?: {4,}|\$ )((?:[A-Z_]+=\S+ )*(?:go |leakcheck |\.ci/run|curl |for |head ).*)$`)
	spanLine   = regexp.MustCompile("`((?:[A-Z_]+=\\S+ )*(?:go [a-z]+ |go -C |leakcheck |\\.ci/run|promtool |curl -|kill -)[^`]*)`")
	goDocLine  = regexp.MustCompile(`^//\t(go (?:test|run) .*)$`)
	yamlLine   = regexp.MustCompile(`"(leakcheck fleet -prometheus URL)"|(leakcheck fleet .*) names the line|^# (promtool .*)$`)
	yamlBlock  = regexp.MustCompile("(?s)\n```yaml\n.*?\n```\n") // for executeCI
	helpLine   = regexp.MustCompile(`(?m)^\t(\S.*)$|as well: (.*)$`)
	commonName = regexp.MustCompile(`^(?:leakcheck (?:test|migrate|report)|go test(?: -json| -v)?|go tool pprof(?: -diff_base)?)$`)
)

// linesOfDocs returns the commands of the documentation with the pages that
// they are on.
func (w *docWorld) linesOfDocs() map[string][]string {
	written := map[string][]string{}
	add := func(page, line string) {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "|") // as tables have it
		if line != "" && !commonName.MatchString(line) {
			written[line] = append(written[line], page)
		}
	}
	for name, text := range pagesOfDocs(w.t) {
		text = yamlBlock.ReplaceAllString(strings.ReplaceAll(text, "{{ $labels.job }}", "api"), "")
		for line := range strings.Lines(text) {
			for _, m := range matchesOf(filepath.Ext(name), strings.TrimSuffix(line, "\n")) {
				add(name, m)
			}
		}
	}
	commands := regexp.MustCompile(`(?m)^\t([a-z]+)  `).FindAllStringSubmatch(w.output("leakcheck help"), -1)
	require.Greater(w.t, len(commands), 5)
	for _, c := range commands {
		help := "leakcheck help " + c[1]
		_, examples, found := strings.Cut(w.output(help), "\nExamples:\n")
		require.True(w.t, found, help)
		for _, m := range helpLine.FindAllStringSubmatch(examples, -1) {
			add(help, m[1]+m[2])
		}
	}
	return written
}

// pagesOfDocs returns the files of the documentation by name.
func pagesOfDocs(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, glob := range []string{"*.md", "docs/*.md", "internal/eval/bench/*.md", "examples/staging/*.md", "docs/prometheus/*.yml", "cmd/leakcheck/main.go", "*/doc.go", "leakcheck/*/doc.go", "examples/*/doc.go"} {
		names, err := filepath.Glob(glob)
		require.NoError(t, err)
		require.NotEmpty(t, names, glob)
		for _, name := range names {
			pages[name] = page(t, name)
		}
	}
	return pages
}

// matchesOf returns the commands in a line of a file with this ending.
func matchesOf(ext, line string) (commands []string) {
	patterns := map[string][]*regexp.Regexp{".md": {blockLine, spanLine}, ".go": {goDocLine}, ".yml": {yamlLine}}[ext]
	for _, p := range patterns {
		for _, m := range p.FindAllStringSubmatch(line, -1) {
			commands = append(commands, strings.ReplaceAll(strings.Join(m[1:], ""), `\"`, `"`))
		}
	}
	return commands
}

// assertTest checks that a test is there: "FOLDER.TestName".
func assertTest(t *testing.T, test string) {
	t.Helper()
	at := strings.LastIndex(test, ".Test")
	assert.True(t, declares(t, filepath.Join(".", test[:at]), `func `+test[at+1:]+`\(`), "there is no test %s", test)
}

// assertNames checks that the folder, the test or benchmark, and the flags of a
// line for the go command are there.
func assertNames(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(strings.NewReplacer("[", "", "]", "", "'", "", "=", " ").Replace(line))
	dir, wanted := ".", []string{}
	for i, word := range words {
		switch {
		case word == ".ci/run":
			assert.FileExists(t, word)
		case word == "GOTOOLCHAIN":
			assert.Contains(t, page(t, ".ci/run"), "\nnext_go="+words[i+1]+"\n", line)
		case word == "-C":
			dir = words[i+1]
		case strings.HasPrefix(word, "./"):
			dir = filepath.Join(dir, strings.TrimSuffix(word, "/..."))
		case word == "-bench", word == "-run" && words[i+1] != "^$":
			wanted = append(wanted, `func (Test|Benchmark)?`+words[i+1])
		case strings.HasPrefix(word, "-") && !ofGo[word]:
			wanted = append(wanted, `\.[A-Z]\w*\((&\S+, )?"`+word[1:]+`", `)
		}
	}
	assert.DirExists(t, dir, line)
	for _, pattern := range wanted {
		found := declares(t, dir, pattern)
		if filepath.Base(filepath.Dir(dir)) == "livetest" { // flags may be those of a package next to it
			found = found || declares(t, filepath.Dir(dir), pattern)
		}
		if declares(t, dir, `"[^"]*/internal/gotest/golden"`) { // or of the one that compares golden files
			found = found || declares(t, "internal/gotest/golden", pattern)
		}
		assert.True(t, found, "%s: nothing matches %s in %s", line, pattern, dir)
	}
}

// ofGo are flags of the go command.
var ofGo = map[string]bool{"-race": true, "-timeout": true, "-benchtime": true, "-run": true, "-bench": true, "-tags": true}

// declares reports whether a Go file in dir, or below it, has what the pattern
// matches.
func declares(t *testing.T, dir, pattern string) bool {
	t.Helper()
	re, found := regexp.MustCompile(pattern), false
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		found = found || re.Match(text)
		return err
	}))
	return found
}
