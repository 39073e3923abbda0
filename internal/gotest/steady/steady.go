// Package steady compares what a document shows with what a command prints, and
// has the environment to run that in.
//
// It ignores durations, goroutine ids, the system that a file of the standard
// library is for, and the parts that depend on the Go release: remarks about
// proofs, and lines of the standard library. Env and Need are for the processes
// that print the output.
package steady

import (
	"fmt"
	"regexp"
	"strings"
)

// library are folders of the standard library, as reports name its files.
const library = `bufio|context|database|encoding|internal|io|iter|net|os|runtime|slices|sync|testing|time`

// sure counts what is proven, or what the heap shows.
const sure = `(?:\d+ proven leaked(?:, \d+ unreachable)?|\d+ unreachable)`

var unsteady = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`((?:^|\s)(?:` + library + `)/[\w/]+\.go):\d+`), "$1:N"},
	{regexp.MustCompile(`(\w/\w+)_(?:unix|windows)\.go:N`), "$1.go:N"},
	{regexp.MustCompile(`(\S) {2,}`), "$1  "},
	{regexp.MustCompile(`(?m)\(\d+\.\d+s\)$`), "(N.NNs)"},
	{regexp.MustCompile(`(?m)\t\d+\.\d+s$`), "\tN.NNNs"},
	{regexp.MustCompile(`\bgoroutine \d+ \(`), "goroutine N ("},
	{regexp.MustCompile(`(?m)(outlived .*|still there) \(` + sure + `; `), "$1 ("},
	{regexp.MustCompile(`(?m) \((?:` + sure + `|(?:\d+ )?proven: [^)]*|unreachable: [^)]*)\)$`), ""},
	{regexp.MustCompile(`(waits +for [^:;\n]*): (?:perhaps|likely) goroutine N \([^\n]*?\), which [^;\n]*`), "$1"},
	{regexp.MustCompile(`(?m) can never end \([^)]*\)$`), " can never end"},
}

// heapRow is a line of a report that only a release without the runtime's proof
// has: it reads the heap instead.
var heapRow = regexp.MustCompile(`^( *)(?:held by  |keeps    )`)

// rowName is how many columns the names of a report's rows take.
const rowName = 9

// withoutHeap leaves out those lines, and what they go on with.
func withoutHeap(s string) string {
	var b strings.Builder
	deeper := ""
	for line := range strings.Lines(s) {
		if m := heapRow.FindStringSubmatch(line); m != nil {
			deeper = m[1] + strings.Repeat(" ", rowName)
			continue
		}
		if deeper != "" && strings.HasPrefix(line, deeper) {
			continue
		}
		deeper = ""
		b.WriteString(line)
	}
	return b.String()
}

// Text is s with the same in place of all that differs from run to run and
// between Go releases.
func Text(s string) string {
	s = withoutHeap(strings.ReplaceAll(s, "\r\n", "\n"))
	for _, u := range unsteady {
		s = u.pattern.ReplaceAllString(s, u.with)
	}
	return s
}

var anyLines = regexp.MustCompile(`(?m)^\.\.\.\n`)

// Compare returns nil when got is what is shown. A line "..." in shown stands
// for any lines.
func Compare(shown, got string) error {
	parts := anyLines.Split(Text(shown), -1)
	rest := Text(got)
	for i, part := range parts {
		at := strings.Index(rest, part)
		switch {
		case at < 0, i == 0 && at > 0:
			return fmt.Errorf("not in the output, or not there:\n%s", part)
		case i == len(parts)-1 && !strings.HasSuffix(rest, part):
			return fmt.Errorf("not the end of the output:\n%s", part)
		}
		rest = rest[at+len(part):]
	}
	if len(parts) == 1 && rest != "" {
		return fmt.Errorf("the output goes on:\n%s", rest)
	}
	return nil
}
