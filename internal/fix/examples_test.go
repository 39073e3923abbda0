package fix

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

const examplesPath = "github.com/leakcheck-go/goroutine/examples/"

// example is the leak of an example, as a report of it has it.
type example struct {
	name, cause string
	calls       string // "Func file:text of the line", innermost first
	spawn       int
}

var examples = []example{
	{"addinside", "chan-semaphore", "SumsWrong.func1 wrong.go:limit <-;SumsWrong wrong.go:go func;" +
		"TestSumsWrong leaky_test.go:SumsWrong(limit", 1},
	{"blockedcallback", "afterfunc-blocked", "NewWrong.func1 wrong.go:w.values <-", 1},
	{"blockedsend", "chan-send", "FirstWrong.func1 wrong.go:answers <-;FirstWrong wrong.go:go func;" +
		"TestFirstWrong leaky_test.go:FirstWrong(t", 1},
	{"bodynotclosed", "http-body-not-closed", "HealthyWrong wrong.go:client.Get;" +
		"TestHealthyWrong leaky_test.go:HealthyWrong(client", 0},
	{"doublesend", "chan-send", "TotalWrong.func1 wrong.go:sizes <- answer{size;TotalWrong wrong.go:go func;" +
		"TestTotalWrong leaky_test.go:TotalWrong([]", 1},
	{"earlyreturn", "chan-send", "PriceWrong.func1 wrong.go:found <-;PriceWrong wrong.go:go func;" +
		"TestPriceWrong leaky_test.go:PriceWrong(t", 1},
	{"loglate", "chan-range", "StartWrong.func1 wrong.go:range jobs;StartWrong wrong.go:go func;" +
		"TestStartWrong leaky_test.go:StartWrong(jobs", 1},
	{"loopvar", "chan-send", "AskWrong.func1 wrong.go:answers[i] <-;AskWrong wrong.go:go func;" +
		"TestAskWrong leaky_test.go:AskWrong(ctx", 1},
	{"missingcancel", "select-ctx-never-cancelled", "(*Watcher).run watch.go:select {;Watch watch.go:go w.run;" +
		"LoadWrong wrong.go:w := Watch;TestLoadWrong leaky_test.go:LoadWrong(context", 1},
	{"missingdone", "wg-wait", "CheckWrong.func2 wrong.go:wg.Wait;CheckWrong wrong.go:go func() { // want;" +
		"TestCheckWrong leaky_test.go:CheckWrong(ctx", 1},
	{"missingunlock", "mutex-lock", "(*StockWrong).take wrong.go:s.mu.Lock;(*StockWrong).Order.func1 wrong.go:taken <-;" +
		"(*StockWrong).Order wrong.go:go func", 2},
	{"missingwait", "exec-nowait", "VersionWrong wrong.go:cmd.Start", 0},
	{"pullnostop", "iter-pull", "EqualWrong[...] wrong.go:iter.Pull", 0},
	{"rowsnotclosed", "sql-rows", "FirstWrong wrong.go:QueryContext", 0},
	{"selectnodone", "select-no-exit", "(*Hits).runWrong wrong.go:select {;CountWrong wrong.go:go h.runWrong;" +
		"TestCountWrong leaky_test.go:CountWrong()", 1},
	{"sendtimeout", "chan-send", "RateWrong.func1 wrong.go:answers <-;RateWrong wrong.go:go func;" +
		"TestRateWrong leaky_test.go:RateWrong(ctx", 1},
	{"serverleft", "http-server", "RunWrong.func1 wrong.go:srv.Serve;RunWrong wrong.go:go func;" +
		"TestRunWrong.func1 leaky_test.go:RunWrong(ctx", 1},
	{"stuckmember", "chan-range", "StartWrong.func2 wrong.go:range orders;" +
		"StartWrong wrong.go:members.Go(func() error { // want;" +
		"TestStartWrong leaky_test.go:StartWrong(context", 1},
	{"testserverleft", "httptest-server", "ServeWrong wrong.go:httptest.NewServer;" +
		"TestServeWrong leaky_test.go:ServeWrong(t", 0},
	{"tickerloop", "ticker-loop", "NewWrong.func1 wrong.go:time.Tick;NewWrong wrong.go:go func;" +
		"TestNewWrong leaky_test.go:NewWrong(time", 1},
	{"txnotended", "sql-tx", "WithdrawWrong wrong.go:BeginTx;TestWithdrawWrong leaky_test.go:WithdrawWrong(context", 0},
	{"unclosed", "chan-range", "AddWrong.func1 wrong.go:range values;AddWrong wrong.go:go func;" +
		"TestAddWrong leaky_test.go:AddWrong([]", 1},
	{"unsent", "chan-recv", "SaveWrong.func1 wrong.go:<-numbers;SaveWrong wrong.go:go func;" +
		"TestSaveWrong leaky_test.go:SaveWrong(func", 1},
}

// leak is the leak in the code of the repository.
func (e *example) leak(t *testing.T, dir string) *Leak {
	l := &Leak{Cause: e.cause, Spawn: e.spawn}
	for _, c := range strings.Split(e.calls, ";") {
		fn, at, _ := strings.Cut(c, " ")
		name, text, _ := strings.Cut(at, ":")
		file := filepath.Join(dir, name)
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		before, _, ok := bytes.Cut(source, []byte(text))
		require.True(t, ok, "%s has no %q", file, text)
		l.Chain = append(l.Chain, Call{examplesPath + e.name + "." + fn, file, 1 + bytes.Count(before, []byte("\n")), true})
	}
	return l
}

// diffs prints candidates as their diffs.
func diffs(t *testing.T, all []Candidate) string {
	t.Helper()
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "# %s\n", c.What)
		files, err := Apply(c)
		require.NoError(t, err, c.What)
		for _, f := range files {
			b.Write(bytes.ReplaceAll(diff.Diff("a/"+f.Name, f.Old, "b/"+f.Name, f.New), []byte("\r"), []byte(`\r`)))
		}
	}
	return b.String()
}

// TestExamples writes down the candidates for the mistakes of folder examples.
// Which of them end the leak is tried in internal/eval/fixes.
func TestExamples(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../examples")
	require.NoError(t, err)
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			all, refused := NewSource(root).Candidates(e.leak(t, filepath.Join(root, e.name)))
			require.Empty(t, refused)
			golden.Compare(t, filepath.Join("testdata", "examples", e.name+".diff"), diffs(t, all))
		})
	}
}
