package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/report"
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
	return replaceFile(out.file, text.Bytes(), 0o644)
}

// replaceFile writes a file so that a reader sees the old content or the new.
func replaceFile(name string, text []byte, mode os.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Chmod(mode), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
