package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/trend"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// readWell reads the dump of -compare; nil if none is requested.
func (o *reportOptions) readWell(e *environment) (*inputs, error) {
	if o.compare == "" {
		return nil, nil
	}
	if isReport(o.compare) {
		return nil, usagef("-compare wants a dump, and %s is a report", o.compare)
	}
	well := o.read(e, "report", []string{o.compare})
	if well.bad || len(well.names) == 0 {
		return nil, errSaid
	}
	return well, nil
}

// compareWell says of each kind how many there are in a dump where all was well.
func (o *reportOptions) compareWell(in *inputs, found *survey.Result, well *inputs) {
	was := well.Result(nil)
	by := o.options.By & told(in, found) & told(well, was) &^ stackparse.ByArguments // which mean nothing elsewhere
	if by == 0 {
		by = stackparse.ByLines
	}
	name := short(well.names[0])
	for i, n := range found.Normal(was, by) {
		l := &found.Kinds[i]
		most := ""
		if len(in.names) > 1 {
			most = "at most "
		}
		switch {
		case trend.Normal(n.Was, n.Most):
			l.Normal, l.Trend = true, fmt.Sprintf("as in %s, which has %d", name, n.Was)
		case n.Was == 0:
			l.Trend = "not in " + name
		default:
			l.Trend = fmt.Sprintf("%s%d more than the %d in %s", most, n.Most-n.Was, n.Was, name)
		}
	}
}

// short is the last part of a file's name.
func short(name string) string {
	if load.IsURL(name) {
		return name
	}
	return filepath.Base(name)
}

// files are the shares of several dumps, those with most first.
func (in *inputs) files(shares []survey.Share) report.Files {
	if len(in.names) < 2 || len(shares) == 0 {
		return report.Files{}
	}
	shares = slices.Clone(shares)
	slices.SortStableFunc(shares, func(a, b survey.Share) int { return cmp.Compare(b.Count, a.Count) })
	f := report.Files{In: len(shares), Of: len(in.names)}
	for _, s := range shares[:min(len(shares), report.MaxFiles)] {
		f.Most = append(f.Most, report.File{Name: in.called(s.Dump), Count: report.Clamp(s.Count)})
	}
	return f
}

// called is what a report calls a dump: by the last part of its name, if that tells it
// from the others.
func (in *inputs) called(name string) string {
	for _, other := range in.names {
		if other != name && short(other) == short(name) {
			return name
		}
	}
	return short(name)
}
