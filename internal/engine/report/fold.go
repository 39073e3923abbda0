package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Fold returns r with one entry for the goroutines that one forgotten Close left:
// those that one call of the user's code led to, those of one library where that
// call is not known, and the two of an HTTP connection. The findings that went
// into an entry are its Parts. All formats print a report like this; what looks
// for single stacks reads the report as it is. It does not change r, and folds
// nothing twice.
func (r *Report) Fold() *Report {
	folded := *r
	folded.Findings = make([]Finding, 0, len(r.Findings))
	pairs := connections(r.Findings)
	index := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		key := f.foldKey()
		if lead, ok := pairs[i]; ok {
			key = fmt.Sprintf("connection %d", lead)
		}
		n, seen := index[key]
		switch {
		case key == "":
			folded.Findings = append(folded.Findings, *f)
		case seen:
			folded.Findings[n].Parts = append(folded.Findings[n].Parts, *f)
		default:
			index[key] = len(folded.Findings)
			folded.Findings = append(folded.Findings, Finding{Parts: []Finding{*f}})
		}
	}
	for i := range folded.Findings {
		// In a second pass: an entry is made of all its parts.
		if f := &folded.Findings[i]; f.Count == 0 && len(f.Parts) > 0 {
			f.entry()
		}
	}
	// An entry has the rank of its most urgent part, so its place may be another one.
	if len(folded.Findings) < len(r.Findings) {
		sorting.Stable(folded.Findings, order)
	}
	return &folded
}

// Leaves are the findings with one stack each: f, or what was folded into it.
func (f *Finding) Leaves() []Finding {
	if len(f.Parts) == 0 {
		return []Finding{*f}
	}
	return f.Parts
}

// foldKey is equal for findings of one entry, and "" for one that stands alone:
// the user's own code, and an entry that was folded before.
func (f *Finding) foldKey() string {
	if len(f.Parts) > 0 {
		return ""
	}
	where := ""
	switch {
	case f.Called.Func != "" && (f.Module != "" || f.ofStd()):
		where = "called " + f.Called.Position()
	case f.Cause.ID == "httptest-server": // a NewTestServer has two goroutines
		where = "httptest"
	case f.Module == "":
		return ""
	case f.startedByUser():
		where = "started " + f.Started.Position()
	default:
		where = "module " + f.Module
	}
	// The last bit of a rank says that another finding is the reason, which may be in the same entry.
	return fmt.Sprintf("%s\x00%s\x00%d", where, f.Test, f.Rank/2)
}

// ofStd reports whether all of the stack is the standard library's.
func (f *Finding) ofStd() bool {
	return !slices.ContainsFunc(f.Stack, func(s Site) bool { return !s.Std })
}

// The functions of the goroutines on an HTTP connection.
const (
	connReader  = "net/http.(*persistConn).readLoop"
	connWriter  = "net/http.(*persistConn).writeLoop"
	connServer  = "net/http.(*conn).serve"
	connWatcher = "net/http.(*connReader).backgroundRead"
)

// connections finds the findings that are two goroutines of the same HTTP
// connections: the writing one of a client belongs to the reading one, and the one
// that watches a server's connection to the handler that runs on it. It returns
// the index of the second for both.
func connections(findings []Finding) map[int]int {
	pairs, taken := map[int]int{}, map[int]bool{}
	// Few findings are of connections, and of many only those are compared.
	var seconds, leads []int
	for i := range findings {
		if f := &findings[i]; runs(f, connWriter) || runs(f, connWatcher) {
			seconds = append(seconds, i)
		} else if runs(f, connReader) || serves(f) {
			leads = append(leads, i)
		}
	}
	for _, i := range seconds {
		f, best, most := &findings[i], -1, 0
		for _, j := range leads {
			if score := f.sameConnections(&findings[j]); score > most && !taken[j] {
				best, most = j, score
			}
		}
		if best >= 0 {
			taken[best] = true
			pairs[i], pairs[best] = best, best
		}
	}
	return pairs
}

// sameConnections says how likely it is that the goroutines of f are on the connections of
// those of lead; 0 where they are not. A profile has neither creators nor ids:
// there, those belong together that are as many.
func (f *Finding) sameConnections(lead *Finding) int {
	score := 0
	switch {
	case f.Test != lead.Test || len(f.Parts)+len(lead.Parts) > 0:
	case runs(f, connWriter) && runs(lead, connReader):
		score = 1
		// A writer has the cause of its reader, which the classifier found by their creator.
		if f.Cause.ID == lead.Cause.ID {
			score += 4
		}
	case runs(f, connWatcher) && serves(lead):
		score = 1
		// The goroutine of the handler starts the one that watches.
		if c := f.Example.Creator; c != nil && c.Goroutine != 0 && !slices.Contains(lead.IDs, c.Goroutine) {
			score = 0
		}
	}
	if score > 0 && f.Count == lead.Count {
		score += 2
	}
	return score
}

// runs reports whether the goroutines of f run a function of the standard library
// and nothing else.
func runs(f *Finding, fn string) bool {
	return f.ofStd() && slices.ContainsFunc(f.Stack, func(s Site) bool { return s.Func == fn })
}

// serves reports whether the goroutines of f handle a server's connection.
func serves(f *Finding) bool {
	return slices.ContainsFunc(f.Stack, func(s Site) bool { return s.Func == connServer })
}

// entry makes one finding of the parts of f. The lead, whose cause tells most,
// stands for them where there is room for one.
func (f *Finding) entry() {
	parts := f.Parts
	lead := 0
	// A cause that names a call is better advice than one that names a channel.
	if i := slices.IndexFunc(parts, func(p Finding) bool { return !p.Cause.General() }); i >= 0 {
		lead = i
	}
	// A goroutine that reads or handles says more than one that writes or watches
	// for it.
	if f.ofConnection() {
		lead = max(slices.IndexFunc(parts, func(p Finding) bool { return !p.isSecond() }), 0)
	}
	if len(parts) == 1 && parts[0].Module == "" {
		*f = parts[0] // a single stack of the standard library
		return
	}
	*f = parts[lead]
	f.Parts = parts
	f.Count, f.Proven, f.IDs = 0, 0, nil
	f.Unreachable, f.Keeps = 0, 0
	for i := range parts {
		f.Normal = f.Normal && parts[i].Normal
		p := &parts[i]
		f.Count, f.Proven = sum(f.Count, p.Count), sum(f.Proven, p.Proven)
		f.Unreachable, f.Keeps = sum(f.Unreachable, p.Unreachable), f.Keeps+p.Keeps
		f.IDs = append(f.IDs, p.IDs[:min(len(p.IDs), maxIDs-len(f.IDs))]...)
		f.Rank = min(f.Rank, p.Rank)
		f.Graded = max(f.Graded, p.Graded)
		f.MaxWait = max(f.MaxWait, p.MaxWait)
		f.MinWait = min(f.MinWait, p.MinWait)
		f.Trend = cmp.Or(f.Trend, p.Trend)
		// The first part that was sampled stands for all.
		if len(f.Numbers) == 0 && len(f.Routes) == 0 {
			f.Course = p.Course
		}
		f.Module = cmp.Or(f.Module, p.Module)
		if f.Fix == nil || !f.Fix.Trial.Passed && p.Fix != nil {
			f.Fix = p.Fix
		}
	}
	// Each of these is about one stack.
	f.Waits, f.On, f.Through, f.Held, f.Others, f.Args = "", 0, nil, heldOutside(parts, lead), nil, nil
	// An option that leaves out some parts would leave the others to fail the test.
	if slices.ContainsFunc(parts, func(p Finding) bool { return p.Ignore != f.Ignore && !p.ofStd() }) {
		f.Ignore = f.ignoreAll
		if slices.ContainsFunc(parts, func(p Finding) bool { return p.ignoreAll != f.ignoreAll }) {
			f.Ignore = ""
		}
	}
	if f.Module != "" {
		f.explain()
	}
}

// heldOutside says who can reach what the parts of an entry wait for, by the first
// of them that knows, the lead before others.
func heldOutside(parts []Finding, lead int) []string {
	// References among the parts say nothing: one call ends them all.
	inside := func(held string) bool {
		return slices.ContainsFunc(parts, func(p Finding) bool {
			return slices.ContainsFunc(p.IDs, func(id int64) bool {
				return strings.HasPrefix(held, fmt.Sprintf("goroutine %d ", id))
			})
		})
	}
	for i := range parts {
		p := &parts[(lead+i)%len(parts)]
		if held := slices.DeleteFunc(slices.Clone(p.Held), inside); len(held) > 0 {
			return held
		}
	}
	return nil
}

// explain gives an entry of a library's goroutines its cause.
func (f *Finding) explain() {
	var whys, fixes []string
	for i := range f.Parts {
		p := &f.Parts[i]
		why := p.Cause.Why
		if e, ok := filters.Lookup(&p.Example); ok && e.Module != "std" && e.Class == filters.ClassMissingClose {
			why = e.Why
		} else if p.Cause.General() { // that is about a channel of the library's
			why = ""
		}
		whys, fixes = addNew(whys, why), addNew(fixes, p.Cause.Fix)
	}
	c := unstopped(f, f.Suspect())
	switch {
	case len(whys) == 1:
		c.Why = whys[0]
	case f.Called.Func != "":
		c.Why = "the value that this call made was not closed"
	case f.startedByUser():
		c.Why = "the value that owns it was not closed"
	default:
		c.Why = "the value that the library made was not closed"
	}
	switch {
	// Closing the value that the call made also closes its parts.
	case len(fixes) > 1 && f.Called.Func != "" && f.stop != "":
		c.Fix = f.stop
	default:
		c.Fix = strings.Join(fixes, "; ")
	}
	f.Cause = c
}

func addNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// ofConnection reports whether f is an entry for the goroutines of one connection.
func (f *Finding) ofConnection() bool {
	return f.Module == "" && slices.ContainsFunc(f.Parts, func(p Finding) bool { return p.isSecond() })
}

// isSecond reports whether another goroutine on the same connection tells more.
func (f *Finding) isSecond() bool { return runs(f, connWriter) || runs(f, connWatcher) }

// stacks names on one line what the parts of an entry do, most goroutines first.
func (f *Finding) stacks() string {
	if len(f.Parts) < 2 {
		return ""
	}
	type place struct {
		name  string
		count int
	}
	var places []place
	for i := range f.Parts {
		name := ShortName(f.Parts[i].At.Func)
		at := slices.IndexFunc(places, func(p place) bool { return p.name == name })
		if at < 0 {
			at = len(places)
			places = append(places, place{name: name})
		}
		places[at].count += f.Parts[i].Count
	}
	sorting.Stable(places, func(a, b place) int { return cmp.Compare(b.count, a.count) })
	var names []string
	for _, p := range places {
		names = append(names, fmt.Sprintf("%d in %s", p.count, p.name))
	}
	return strings.Join(words.First(names, maxCalls, "more kind", "more kinds"), ", ")
}
