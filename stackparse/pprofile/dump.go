package pprofile

import (
	"io"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// dump reads a text dump.
type dump struct{ r *stackparse.Reader }

func newDump(in io.Reader, name string) *dump {
	r := stackparse.NewReader(in)
	r.Name = name
	return &dump{r}
}

func (d *dump) next(rec *Record) (bool, []error, error) {
	ok := d.r.Scan()
	var problems []error
	for _, p := range d.r.Problems() {
		problems = append(problems, p)
	}
	if !ok {
		return false, problems, d.r.Err()
	}
	*rec = Record{1, d.r.Goroutine()}
	return true, problems, nil
}
