package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// result is what a run of one kernel left.
type result struct {
	out    string
	code   int // exit code, -1 where a signal ended the process
	end    time.Time
	events map[string]time.Time // what the test said, and when

	reported int      // goroutines that reports count
	certain  int      // how many of these they call proven, or unreachable
	hung     bool     // a report says that the test hangs
	causes   []string // what reports say about the goroutines, each once
	dump     []stackparse.Goroutine
}

// grace is what a process gets beyond its limit for its last words.
const grace = 15 * time.Second

// run runs the test of k in a process of its own: what one kernel leaves must
// not be taken for another's. Settings of the checker and of the runtime in the
// environment are kept from it.
func (p testPackage) run(ctx context.Context, k kernel, limit time.Duration, by evidence) result {
	ctx, cancel := context.WithTimeout(ctx, limit+grace)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.exe, "-test.run=^Test"+k.name+"$", "-test.timeout=10m")
	cmd.Dir = p.dir
	cmd.WaitDelay = time.Second
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "LEAKCHECK_") && !strings.HasPrefix(kv, "GODEBUG=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "KERNELS_LIMIT="+limit.String())
	if by == byHeap {
		cmd.Env = append(cmd.Env, "LEAKCHECK_PROOF=off")
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	res := parseOutput(out.String())
	res.end, res.code = time.Now(), -1
	if cmd.ProcessState != nil {
		res.code = cmd.ProcessState.ExitCode()
	}
	if err != nil && cmd.ProcessState == nil {
		res.out += fmt.Sprintf("panic: %v\n", err)
	}
	return res
}

// What a test binary prints: its own events, the stacks at the end, and reports
// of the checker.
var (
	eventLine   = regexp.MustCompile(`(?m)^kernels: (\w+) (\d+)$`)
	dumpLines   = regexp.MustCompile(`(?s)kernels: dump\n(.*)\nkernels: end\n`)
	hungLine    = regexp.MustCompile(`(?m)^\s+leakcheck: \S+ can never end`)
	summaryLine = regexp.MustCompile(
		`(?m)leakcheck: (\d+) goroutines? (?:outlived|is still|are still).*?(?:(\d+) (?:proven|unreachable)|$)`)
	findingLine = regexp.MustCompile(`(?m)^\s+\+ \d+ x (.+?)(?: \((?:\d+ )?(?:proven|unreachable)[^)]*\))?$`)
)

// parseOutput reads what a test binary printed. The stacks are taken out of
// the text.
func parseOutput(out string) result {
	res := result{events: map[string]time.Time{}}
	if m := dumpLines.FindStringSubmatch(out); m != nil {
		// Notes on what the parser does not know do not matter here.
		res.dump, _ = stackparse.Parse([]byte(m[1]))
		out = strings.Replace(out, m[0], "", 1)
	}
	res.out, res.hung = out, hungLine.MatchString(out)
	for _, m := range eventLine.FindAllStringSubmatch(out, -1) {
		if ns, err := strconv.ParseInt(m[2], 10, 64); err == nil {
			res.events[m[1]] = time.Unix(0, ns)
		}
	}
	for _, m := range summaryLine.FindAllStringSubmatch(out, -1) {
		// The pattern lets digits through and nothing else; where the second
		// count is missing, nothing was proven.
		reported, _ := strconv.Atoi(m[1])
		certain, _ := strconv.Atoi(m[2])
		res.reported += reported
		res.certain += certain
	}
	for _, m := range findingLine.FindAllStringSubmatch(out, -1) {
		if !slices.Contains(res.causes, m[1]) {
			res.causes = append(res.causes, m[1])
		}
	}
	return res
}

// said reports whether the test came to an event.
func (r *result) said(event string) bool {
	_, ok := r.events[event]
	return ok
}

// took is the time from the end of the test's own work to the verdict; for a
// test that never ended its work, from the beginning of the work.
func (r *result) took() time.Duration {
	from, ok := r.events["returned"]
	if !ok {
		from = r.events["called"]
	}
	to, ok := r.events["ended"]
	if !ok {
		to = r.end
	}
	return to.Sub(from)
}

// goroutines returns the goroutines that run, or were started by, functions of
// package pkg, and the test's own, which is there when it hangs. It goes by
// functions alone and knows nothing of the labels that the checker goes by.
func (r *result) goroutines(pkg string, k kernel) (left []stackparse.Goroutine, test *stackparse.Goroutine) {
	for i, g := range r.dump {
		calls := func(prefix string) bool {
			return slices.ContainsFunc(g.Frames,
				func(f stackparse.Frame) bool { return strings.HasPrefix(f.Func, pkg+"."+prefix) })
		}
		byKernel := g.Creator != nil && strings.HasPrefix(g.Creator.Func, pkg+".")
		switch {
		case calls("TestMain"), calls("observe"):
		case calls("Test" + k.name):
			test = &r.dump[i]
		case calls(""), byKernel:
			left = append(left, g)
		}
	}
	return left, test
}
