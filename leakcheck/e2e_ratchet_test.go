package leakcheck_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
)

// ratcheted is a folder in which the fixture runs, with its baseline.
type ratcheted struct {
	t   *testing.T
	dir string
	env []string
}

// A baseline of the whole package holds for the checks of its tests, which need
// not name it again.
func TestE2ERatchetOfThePackage(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t, "FIXTURE_OPTION=none")
	r.passes("own=2", update)
	r.passes("own=2")
	out := r.fails("own=3")
	assert.Contains(t, out, "outlived TestOwn")
	assert.Contains(t, out, leaksFile)
}

const (
	leaksFile = "testdata/leaks.json"
	update    = "LEAKCHECK_UPDATE_BASELINE=1"
)

func newRatcheted(t *testing.T, env ...string) *ratcheted {
	return &ratcheted{t, t.TempDir(), env}
}

// run runs the fixture with leaks; args that hold a = and no - are variables.
func (r *ratcheted) run(leaks string, args ...string) result {
	r.t.Helper()
	env := append(r.env[:len(r.env):len(r.env)], "FIXTURE_LEAKS="+leaks)
	var flags []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			flags = append(flags, arg)
		} else {
			env = append(env, arg)
		}
	}
	return runIn(r.t, r.dir, "ratchet", env, flags...)
}

// passes is run where it has to exit with 0.
func (r *ratcheted) passes(leaks string, args ...string) string {
	r.t.Helper()
	got := r.run(leaks, args...)
	require.Zero(r.t, got.code, got.out)
	return got.out
}

// fails is run where it has to exit with 1.
func (r *ratcheted) fails(leaks string, args ...string) string {
	r.t.Helper()
	got := r.run(leaks, args...)
	require.Equal(r.t, 1, got.code, got.out)
	return got.out
}

func (r *ratcheted) file() string { return filepath.Join(r.dir, "testdata", "leaks.json") }

func (r *ratcheted) entries() []baseline.Entry {
	r.t.Helper()
	b, err := baseline.Load(r.file(), leaksFile)
	require.NoError(r.t, err)
	return b.Entries
}

// edit replaces text in the file, as a person does.
func (r *ratcheted) edit(from, to string) {
	r.t.Helper()
	text := source(r.t, r.file())
	require.Contains(r.t, text, from)
	require.NoError(r.t, os.WriteFile(r.file(), []byte(strings.Replace(text, from, to, 1)), 0o644))
}

// flat is text with its line breaks taken out, to look for sentences in.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

const inRatchet = "github.com/leakcheck-go/goroutine/leakcheck/testdata/ratchet."

// The life of a baseline: it has to be asked for, then what it lists passes and
// nothing else does, what is mended is noted, and an update takes it out.
func TestE2ERatchet(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t)
	out := r.fails("own=1")
	assert.Contains(t, out, leaksFile+": there is no ")
	assert.NotContains(t, out, "outlived", "nothing can be said about leaks")

	out = r.passes("own=2 left=1 more=1", update)
	assert.Contains(t, out, "leakcheck: testdata/leaks.json: 3 added\n")
	assert.Contains(t, out, "leakcheck: testdata/leaks.json: 3 entries ", "they have no reason")
	entries := r.entries()
	require.Len(t, entries, 3)
	var own baseline.Entry
	for _, e := range entries {
		assert.Empty(t, e.Package, "the file lies in the folder of the package")
		assert.Regexp(t, `^\d{4}-\d\d-\d\d$`, e.Since)
		if strings.Contains(string(e.Key), "created by "+inRatchet+"startOwn") {
			own = e
		}
	}
	assert.Equal(t, inRatchet+"startOwn.func\ncreated by "+inRatchet+"startOwn", string(own.Key))
	assert.Equal(t, 2, own.Count)
	assert.Equal(t, "TestOwn", own.Test)
	assert.NotEmpty(t, own.Summary)

	before := source(t, r.file())
	out = r.passes("own=2 left=1 more=1")
	assert.NotContains(t, out, "did not leak")
	assert.Equal(t, before, source(t, r.file()), "no run writes it unasked")
	out = r.passes("own=2 left=1 more=1", update)
	assert.NotContains(t, out, "added")
	assert.Equal(t, before, source(t, r.file()), "an update that changes nothing does not either")
}

// A new kind of leak is all that the report shows.
func TestE2ERatchetNew(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t)
	r.passes("own=2 left=2", update)
	report := reportOn(t, r.fails("own=2 left=2 more=1"), "TestOwn")
	assert.Contains(t, report, "leakcheck: 1 goroutine outlived TestOwn")
	assert.Contains(t, row(t, report, "started"), marked(t, "ratchet", "more: go"))
	assert.NotContains(t, report, marked(t, "ratchet", "own: go"))
	assert.Contains(t, flat(report), "note: 2 known ")
	assert.Contains(t, flat(report), "note: LEAKCHECK_UPDATE_BASELINE=1 go test adds ")
}

// So is a known kind that has become more, whichever test leaks it.
func TestE2ERatchetMore(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t)
	r.passes("own=1 other=1 left=1", update)
	r.passes("own=2 left=1")
	out := r.fails("own=1 other=2 left=2")
	report := reportOn(t, out, "TestOther")
	assert.Contains(t, report, "leakcheck: 2 goroutines outlived TestOther")
	assert.Contains(t, flat(report), "note: testdata/leaks.json allows 2 of "+inRatchet+"startOwn.func (started by "+inRatchet+
		"startOwn), ")
	assert.Regexp(t, ` 3 .*\bTestOwn\b`, flat(report), "with those of another test")
	assert.NotContains(t, out, "outlived TestOwn")

	out = r.fails("own=1 other=1 left=2")
	report = reportOn(t, out, "the tests")
	assert.Contains(t, report, "leakcheck: 2 goroutines ")
	assert.Contains(t, flat(report), "allows 1 of "+inRatchet+"startLeft.func (started by "+inRatchet+"startLeft), and there ")
}

// What is mended is noted after a run of all tests, and of no other.
func TestE2ERatchetLess(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t)
	r.passes("own=2 left=1 skipped=1", update)
	for _, args := range [][]string{{"-test.run=."}, {"-test.skip=None"}, {"-test.short"}, {"-test.count=2"}, {"-test.cpu=1,2"}, {"FIXTURE_MAIN=none"}} {
		assert.NotContains(t, r.passes("", args...), "mended", "%s", args)
	}
	out := r.passes("own=1 skip=1")
	own := inRatchet + "startOwn.func (started by " + inRatchet + "startOwn)"
	left := inRatchet + "startLeft.func (started by " + inRatchet + "startLeft)"
	assert.Regexp(t, "leakcheck: testdata/leaks.json: "+regexp.QuoteMeta(own)+` of TestOwn .* 1 .* 2 `, out)
	assert.Contains(t, out, "leakcheck: testdata/leaks.json: "+left+" ")
	assert.Regexp(t, `leakcheck: testdata/leaks\.json: .*LEAKCHECK_UPDATE_BASELINE=1 go test `, out)
	assert.NotContains(t, out, "startMore", "its test skipped itself")
	assert.NotContains(t, r.fails("fail=1"), "mended", "tests that fail may not have come so far")
}

// An update keeps what people wrote, and takes out nothing that it cannot know
// to be gone.
func TestE2ERatchetUpdate(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t)
	r.passes("own=2 left=1 skipped=1", update)
	r.edit(`"reason": ""`, `"reason": "since the old pool"`)
	for range 3 {
		text := source(t, r.file())
		r.edit(regexp.MustCompile(`"since": "20[1-9].*"`).FindString(text), `"since": "2001-02-03"`)
	}
	before := r.entries()

	for _, args := range [][]string{{"-test.run=."}, {"-test.skip=None"}, {"-test.short"}, {"-test.count=2"}, {"FIXTURE_MAIN=none"}} {
		r.passes("", append(args, update)...)
		assert.Equal(t, before, r.entries(), "%s", args)
	}
	r.fails("fail=1", update)
	assert.Equal(t, before, r.entries(), "a test failed")
	out := r.passes("own=3", "-test.run=TestOwn", update)
	assert.Contains(t, out, "leakcheck: testdata/leaks.json: 1 raised\n")
	assert.Contains(t, flat(out), "run all tests")
	assert.Equal(t, 3, r.entries()[2].Count)

	out = r.passes("own=1 skip=1", update)
	assert.Contains(t, out, "leakcheck: testdata/leaks.json: 1 removed, 1 lowered\n")
	after := r.entries()
	require.Len(t, after, 2)
	before[2].Count = 1
	assert.Equal(t, before[1:], after, "reasons and days stay, and so does the leak of a test that skipped itself")
}

// A bound is one for each repetition of the tests.
func TestE2ERatchetRepeated(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t)
	const leaks = "own=2 left=1 parallel=3"
	for _, main := range []string{"", "none"} {
		r.env = []string{"FIXTURE_MAIN=" + main}
		r.passes(leaks, update)
		for _, args := range [][]string{{"-test.count=3"}, {"-test.cpu=1,2"}, {"-test.cpu=1,2", "-test.count=2", "-test.parallel=8"}, {"-test.shuffle=on"}} {
			r.passes(leaks, args...)
		}
		out := r.fails("own=2 left=1 parallel=4", "-test.count=2")
		assert.Equal(t, 2, strings.Count(out, "allows 5 of"), "once in each repetition:\n%s", out)
	}
	before := r.entries()
	r.passes(leaks, "-test.count=3", update)
	assert.Equal(t, before, r.entries(), "what three repetitions leak is three times the same")
	r.env = nil
	out := r.fails("own=2 left=2 parallel=3", "-test.count=2")
	assert.Contains(t, flat(reportOn(t, out, "the tests")), "allows 1 of "+inRatchet+"startLeft.func")
}

// A file that cannot be used is one line, and fails the check.
func TestE2ERatchetBroken(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t)
	r.passes("own=1", update)
	good := source(t, r.file())
	for _, tt := range []struct{ text, want string }{
		{"", "testdata/leaks.json:1: this is not JSON: unexpected end of JSON input"},
		{strings.Replace(good, `"version": 1`, `"version": 2`, 1), "testdata/leaks.json:2: version 2 is newer than this leakcheck, which reads version 1; update leakcheck"},
		{strings.Replace(good, `"count": 1`, `"count": -1`, 1), `testdata/leaks.json:4: "count" is -1; `},
		{strings.Replace(good, `"reason"`, `"\u001b[31m"`, 1), "testdata/leaks.json:12: unknown field"},
		{good + "<<<<<<< HEAD\n", "testdata/leaks.json:17: this is not JSON: invalid character '<' after top-level value"},
	} {
		require.NoError(t, os.WriteFile(r.file(), []byte(tt.text), 0o644))
		for _, extra := range []string{"FIXTURE_MAIN=", update} {
			out := r.fails("own=1", only("TestOwn"), extra)
			assert.Contains(t, out, tt.want, "the raw control character of a field's name is escaped")
			assert.Contains(t, out, "--- FAIL: TestOwn (")
			assert.NotContains(t, out, "outlived")

			out = r.fails("left=1", only("TestLeft"), extra)
			assert.Contains(t, out, "leakcheck: "+tt.want[:20])
			assert.NotContains(t, out, "outlived")
			assert.Equal(t, tt.text, source(t, r.file()), "an update leaves it to people")
		}
	}
}

// Where nothing can be written, an update says so and fails.
func TestE2ERatchetReadOnly(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "testdata"), nil, 0o444), "a file is no folder, even for root")
	out := r.fails("own=1", only("TestOwn"), update)
	assert.Regexp(t, `leakcheck: .*testdata.*: not a directory|leakcheck: testdata/leaks.json cannot be updated: `, out)
}

// The file is found wherever a test has gone, and the clock of a bubble, whose
// leaks end the process, counts for nothing.
func TestE2ERatchetElsewhere(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t)
	r.passes("chdir=1", update)
	r.passes("chdir=1")
	assert.Contains(t, r.fails("chdir=2"), "--- FAIL: TestChdir")

	require.NoError(t, os.Remove(r.file()))
	out := r.run("bubble=1", update).out
	assert.Contains(t, out, "blocked goroutines remain")
	require.Len(t, r.entries(), 1)
	assert.NotEqual(t, "2000-01-01", r.entries()[0].Since)
}

// Find compares each time again.
func TestE2ERatchetFind(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t)
	assert.Contains(t, r.run("find=1", only("TestFind")).out, "Find: 1, leakcheck: testdata/leaks.json: there is no ")
	assert.Contains(t, r.passes("find=1", only("TestFind"), update), "Find: 0, <nil>\n")
	assert.Equal(t, 1, r.entries()[0].Count)
	assert.Contains(t, r.passes("find=1", only("TestFind"), "-test.count=2"), "Find: 0, <nil>\n")
}

// One file of several packages is named in the environment.
func TestE2ERatchetEnvironment(t *testing.T) {
	t.Parallel()
	steady.Slow(t)
	r := newRatcheted(t, "FIXTURE_MAIN=plain", "FIXTURE_OPTION=none")
	assert.Contains(t, r.fails("own=1"), "outlived TestOwn", "without it")

	file := filepath.Join(r.dir, "all.json")
	r.env = append(r.env, "LEAKCHECK_BASELINE="+file)
	other := baseline.Entry{Leak: baseline.Leak{Package: "example.com/other", Key: "shop.F", Count: 1}, Since: "2001-02-03"}
	require.NoError(t, baseline.Save(file, baseline.Baseline{Entries: []baseline.Entry{other}}))
	r.passes("own=1 left=1", update)
	r.passes("own=1 left=1")
	assert.Contains(t, r.fails("own=1 left=1 more=1"), "outlived TestOwn")
	assert.Contains(t, r.passes("own=1"), inRatchet+"startLeft) ")
	r.passes("own=1", update)
	b, err := baseline.Load(file, file)
	require.NoError(t, err)
	require.Len(t, b.Entries, 2)
	assert.Equal(t, other, b.Entries[0], "other packages are none of its business")
	assert.Equal(t, strings.TrimSuffix(inRatchet, "."), b.Entries[1].Package)
}

// The ignore lines of a report, passed on as options, are what makes the check
// pass; one of two is not enough.
func TestE2EIgnoreLinesApply(t *testing.T) {
	t.Parallel()
	r := newRatcheted(t, "FIXTURE_MAIN=none", "FIXTURE_OPTION=none")
	report := reportOn(t, r.fails("own=2 more=1"), "TestOwn")
	lines := regexp.MustCompile("MustParse\\(`(.*)`\\)").FindAllStringSubmatch(report, -1)
	require.Len(t, lines, 2, report)
	r.passes("own=2 more=1", "FIXTURE_IGNORE="+lines[0][1]+" || "+lines[1][1])
	for _, line := range lines {
		assert.Contains(t, r.fails("own=2 more=1", "FIXTURE_IGNORE="+line[1]), "outlived TestOwn")
	}
}
