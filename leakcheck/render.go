package leakcheck

import (
	"os"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// renderer prints reports as the environment asks: whole stacks with
// LEAKCHECK_VERBOSE, colours where to is a terminal, and lines that fit into
// the COLUMNS that a shell may have exported. to is nil for text that goes to
// its caller.
func renderer(to *os.File) report.Text {
	verbose := os.Getenv("LEAKCHECK_VERBOSE")
	t := report.Text{Verbose: verbose != "" && verbose != "0" && !strings.EqualFold(verbose, "false")}
	if to == nil {
		return t
	}
	terminal := isTerminal(to)
	t.Color = report.Colors(os.Getenv, terminal)
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && terminal {
		t.Width = max(columns-testIndent, 1)
	}
	return t
}

// testIndent is how far package testing moves the lines of a message.
const testIndent = 4

// isTerminal reports whether f is a terminal, or looks like one: what else is a
// device for characters is rarely written to, except for the null device, which
// fuzzing has for its workers.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
