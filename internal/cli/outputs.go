package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// reportOutput is a value of -o of "leakcheck test": FORMAT or FORMAT=FILE.
type reportOutput struct {
	format string
	file   string // "" for standard error
}

func parseOutput(value string) (reportOutput, error) {
	format, file, toFile := strings.Cut(value, "=")
	switch {
	case !slices.Contains(renderers, format):
		return reportOutput{}, fmt.Errorf("want one of %s, or FORMAT=FILE", strings.Join(renderers, ", "))
	case toFile && file == "":
		return reportOutput{}, errors.New("the name of the file is missing")
	case !toFile && (format == "html" || format == "pprof"):
		return reportOutput{}, fmt.Errorf("it is not for a terminal; write -o %s=FILE", format)
	}
	return reportOutput{format, file}, nil
}

// checkOutputs finds outputs that cannot be written before the tests run, as
// their time would be lost, and those that would destroy each other.
func (o *testOptions) checkOutputs() error {
	for i, out := range o.outputs {
		if out.file == "" {
			continue
		}
		if o.Baseline != "" && atomicfile.Same(out.file, o.Baseline) {
			return usagef("-o %s: the file is that of -baseline", out)
		}
		for _, other := range o.outputs[:i] {
			if other.file != "" && atomicfile.Same(out.file, other.file) {
				return usagef("-o %s: the file is that of -o %s", out, other)
			}
		}
		if err := atomicfile.Check(out.file); err != nil {
			return fmt.Errorf("-o %s: %w", out.format, err)
		}
	}
	return nil
}

func (out reportOutput) String() string {
	if out.file == "" {
		return out.format
	}
	return out.format + "=" + out.file
}

// writeOutputs writes the reports that go to files, or those that go to standard
// error. One that cannot be written does not keep the others from it.
func (o *testOptions) writeOutputs(e *environment, r *report.Report, files bool) error {
	var problems []error
	for _, out := range o.outputs {
		if (out.file != "") != files {
			continue
		}
		if err := out.write(e, r); err != nil {
			problems = append(problems, fmt.Errorf("-o %s: %w", out.format, err))
		}
	}
	return errors.Join(problems...)
}

// write renders the report of the whole run. A file is replaced as a whole; it
// is written after a run without leaks as well, so that what takes it up finds
// one.
func (out reportOutput) write(e *environment, r *report.Report) error {
	o := reportOptions{format: out.format}
	if out.file == "" {
		return o.renderer(&environment{stdout: e.stderr}).Write(e.stderr, r)
	}
	var text bytes.Buffer
	if err := o.renderer(&environment{stdout: &text}).Write(&text, r); err != nil {
		return err
	}
	return atomicfile.Write(out.file, text.Bytes(), 0o644)
}
