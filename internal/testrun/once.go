package testrun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/leakcheck-go/goroutine/internal/engine/baseline"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// split separates what is made once per process from the rest.
func split(all []finding) (growing, single []finding) {
	for _, f := range all {
		if f.Growth.Bounded() {
			single = append(single, f)
		} else {
			growing = append(growing, f)
		}
	}
	return growing, single
}

// single is the number of goroutines that are made once per process.
func (s *Summary) single() int {
	n := 0
	for _, p := range s.Packages {
		n += p.Leaks() - p.Failing()
	}
	return n
}

// singletons says what became of n goroutines that are made once per process.
func (s *Summary) singletons(n int) string {
	return words.Plural(n, "goroutine is", "goroutines are") + " made once per process and not leaked"
}

// printOnce names what is made once per process, and how to have it let pass
// without -confirm.
func (s *Summary) printOnce(w io.Writer, causes []*rootCause) {
	if len(causes) == 0 {
		return
	}
	fmt.Fprintln(w, "  made once per process, not leaked:")
	for _, c := range causes[:min(len(causes), maxCauses)] {
		c.print(w)
	}
	fmt.Fprintln(w, "  entries for a baseline, which -confirm -baseline FILE -update-baseline writes:")
	for i, entry := range entryLines(entries(baseline.Baseline{}, s.Packages)) {
		if i == maxListed {
			fmt.Fprintln(w, "      and more")
			return
		}
		fmt.Fprintf(w, "      %s\n", report.Escape(entry))
	}
}

// entryLines are the entries of a baseline, each on one line.
func entryLines(b baseline.Baseline) []string {
	var file struct {
		Leaks []json.RawMessage `json:"leaks"`
	}
	if err := json.Unmarshal(baseline.Format(b), &file); err != nil {
		return nil // what was just written is read
	}
	var lines []string
	for _, leak := range file.Leaks {
		var line bytes.Buffer
		if json.Compact(&line, leak) == nil {
			lines = append(lines, line.String())
		}
	}
	return lines
}
