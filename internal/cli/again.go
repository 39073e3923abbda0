package cli

import (
	"bytes"
	"fmt"
	"os"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// isReport reports whether a file is a report that was written as JSON, such as
// the report.json of LEAKCHECK_REPORT, and no dump.
func isReport(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false // what a pipe has said is gone
	}
	var start [64]byte
	n, _ := f.Read(start[:])
	text := bytes.Join(bytes.Fields(start[:n]), nil)
	return bytes.HasPrefix(text, []byte(`{"format":"leakcheck-report"`))
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
