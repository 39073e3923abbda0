package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// isReport reports whether a file is a report that was written as JSON, such as
// the report.json of LEAKCHECK_REPORT, and no dump.
func isReport(name string) bool {
	text := bytes.Join(bytes.Fields(startOf(name, 64)), nil)
	return bytes.HasPrefix(text, []byte(`{"format":"leakcheck-report"`))
}

// startOf returns the first n bytes of a regular file, or as many as there are;
// nothing of other files.
func startOf(name string, n int) []byte {
	if name == load.Stdin { // whether or not there is a file of that name
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil // what a pipe has said is gone
	}
	start := make([]byte, n)
	n, _ = io.ReadFull(f, start)
	return start[:n]
}

// again renders a report that was written as JSON. It reports a part that is wrong,
// and renders the others.
func (o *reportOptions) again(e *environment, name string) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	r, problem := report.Decode(f)
	if r == nil {
		return false, fmt.Errorf("%s: %w", name, problem)
	}
	if err := o.write(e, r); err != nil {
		return false, err
	}
	if problem != nil {
		return false, fmt.Errorf("%s: %w", name, problem)
	}
	return r.Kind != report.Dumped && r.Total > 0 || o.found(r), nil
}
