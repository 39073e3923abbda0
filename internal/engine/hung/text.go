package hung

import (
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/testbin"
)

// Text is what to print of a report of the watchdog that is rendered as text.
// Tests that hang, which failed names, are reported as package testing reports
// failed ones, so that what reads the output of go test knows which failed: a
// line of its own at the left margin, after the mark that -v=test2json asks for.
func Text(rendered string, failed []string) string {
	mark := ""
	if testbin.Converted() {
		mark = "\x16"
	}
	var b strings.Builder
	for _, test := range failed {
		fmt.Fprintf(&b, "%s--- FAIL: %s (hung)\n", mark, report.Escape(test))
	}
	text := rendered + "\n"
	if len(failed) > 0 {
		text = "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
		text = strings.ReplaceAll(text, "\n    \n", "\n\n")
	}
	return b.String() + text
}
