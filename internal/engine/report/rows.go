package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/owner"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Limits of what a person is shown. The model has more; see bound.go.
const (
	MaxShown = 20  // findings shown in full, unless verbose
	maxName  = 100 // runes of a function's or test's name, unless verbose
	maxCalls = 4   // calls named on a stack line
	MaxNote  = 1000
)

// Row is one thing that a report says about a finding: a place or a phrase.
type Row struct {
	Name  string
	Site  *Site  // a place in the code, or
	Text  string // a phrase
	Code  bool   // the phrase is code to be pasted: it is neither cut nor wrapped
	Brief bool   // it sums up the stack, for formats that do not show the whole stack
}

// Rows are what text, Markdown, HTML and annotations say about a finding, in
// this order.
func (f *Finding) Rows() []Row {
	at, calls, started := f.At, f.calls(), f.Started
	if len(f.Parts) > 1 && (f.Module != "" || at.Std) { // there is no one place and stack
		at, calls = Site{}, ""
		if !f.startedByUser() {
			started = Site{}
		}
	}
	rows := []Row{
		{Name: "at", Site: &at},
		{Name: "waits", Text: Cut(f.Waits, 2*maxName)},
		{Name: "held by", Text: Cut(strings.Join(f.Held, "; "), 3*maxName)},
		{Name: "keeps", Text: f.keeps()},
		{Name: "others", Text: Cut(strings.Join(f.Others, "; "), 5*maxName)},
		{Name: "stack", Text: calls, Brief: true},
		{Name: "stacks", Text: f.stacks(), Brief: true},
		{Name: "args", Text: Cut(f.args(), 4*maxName)},
		{Name: "started", Site: &started},
		{Name: "called", Site: &f.Called},
		{Name: "likely", Text: f.likely()},
		{Name: "trend", Text: Cut(f.Trend, 3*maxName)},
		{Name: "files", Text: Cut(f.Files.String(), 5*maxName)},
		{Name: "request", Text: Cut(strings.Join(f.Routes, ", "), 2*maxName)},
		{Name: "owner", Text: f.owner()},
		{Name: "labels", Text: f.labels(), Brief: true},
		{Name: "thread", Text: f.thread()},
		{Name: "cause", Text: f.why()},
		{Name: "fix", Text: f.fix()},
		{Name: "tried", Text: Cut(f.Fix.String(), 5*maxName)},
		{Name: "ignore", Text: f.Ignore, Code: true},
	}
	return slices.DeleteFunc(rows, func(r Row) bool {
		// A usual goroutine needs no advice.
		return r.Text == "" && (r.Site == nil || r.Site.Func == "") || f.usual() && r.Site == nil
	})
}

// why is the likely mistake, if there is one.
func (f *Finding) why() string {
	if f.Cause.Why == "" || f.Suspect() {
		return f.Cause.Why
	}
	return "if stuck: " + f.Cause.Why
}

// owner says whose the goroutines are, what says so, and who started whom in
// between.
func (f *Finding) owner() string {
	s := Cut(f.Evidence, maxName)
	if s == "" || len(f.Through) == 0 {
		return s
	}
	var names []string
	for _, fn := range f.Through {
		names = append(names, ShortName(fn))
	}
	return s + ", through " + strings.Join(words.First(names, maxCalls, "more", "more"), " > ")
}

// likely names the calls that may have been the one that was made wrongly.
func (f *Finding) likely() string {
	if f.Called.Func != "" { // it is known which one it was
		return ""
	}
	var calls []string
	for i := range f.Likely {
		s := &f.Likely[i]
		calls = append(calls, fmt.Sprintf("%s: %s in %s", s.Position(), Cut(s.Code(), maxName), ShortName(s.Func)))
	}
	return strings.Join(words.First(calls, 3, "more call", "more calls"), "; ")
}

// labels are the runtime/pprof labels, other than those that other rows tell.
func (f *Finding) labels() string {
	var pairs []string
	for _, l := range f.Example.Labels {
		if l.Key != owner.Label && l.Key != owner.Route && l.Key != owner.RouteSince {
			pairs = append(pairs, l.Key+"="+l.Value)
		}
	}
	s := Cut(strings.Join(pairs, ", "), 2*maxName)
	// The others may have other labels.
	if s != "" && f.Count > 1 {
		s += fmt.Sprintf(" (goroutine %d)", f.Example.ID)
	}
	return s
}

// thread says what else is lost with a goroutine that is locked to its thread.
func (f *Finding) thread() string {
	for _, note := range cause.Notes(&f.Example) {
		if note.ID == "locked-thread" {
			return note.Why
		}
	}
	return ""
}

// fix is what to write instead, and what would have found the mistake.
func (f *Finding) fix() string {
	switch {
	case f.Cause.Lint == "":
		return f.Cause.Fix
	case strings.HasPrefix(f.Cause.Lint, "go vet"):
		return f.Cause.Fix + "; " + f.Cause.Lint + " may find it"
	}
	return f.Cause.Fix + "; the linter " + f.Cause.Lint + " may find it"
}

// Summary says in one line what the report found.
func (r *Report) Summary() string {
	s := r.counted()
	switch {
	case r.Kind == Dumped:
		return r.dumpSummary()
	case r.Kind == Hung && r.Remark != "":
		return Cut(r.Subject, maxName) + " can never end (" + Cut(r.Remark, MaxNote) + ")"
	// If the runtime proves nothing, the heap may show it.
	case r.Kind == Hung && r.Proven == 0 && r.Unreachable > 0:
		return Cut(r.Subject, maxName) + " can never end (nothing that can run refers to what it waits for)"
	case r.Kind == Hung:
		return Cut(r.Subject, maxName) + " can never end (proven by the garbage collector)"
	case r.Kind == Late:
		return Cut(r.Subject, maxName) + " did not end, and -timeout is about to end the process"
	case r.Subject != "":
		s += " outlived " + Cut(r.Subject, maxName)
	case r.Total+len(r.Left) == 1:
		s += " is still there"
	default:
		s += " are still there"
	}
	if parts := r.remarks(); len(parts) > 0 {
		s += " (" + strings.Join(parts, "; ") + ")"
	}
	return s
}

// remarks are what is known for sure, and what else the summary says.
func (r *Report) remarks() []string {
	parts := []string{r.evidence(), Cut(r.Remark, MaxNote)}
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

// evidence counts what is known for sure: "2 proven leaked, 1 unreachable".
func (r *Report) evidence() string {
	var parts []string
	if r.Proven > 0 {
		parts = append(parts, fmt.Sprintf("%d proven leaked", r.Proven))
	}
	if r.Unreachable > 0 {
		parts = append(parts, fmt.Sprintf("%d unreachable", r.Unreachable))
	}
	return strings.Join(parts, ", ")
}

// Split returns the first n findings, and in words what the others are: "5
// more kinds with 7 goroutines", or "" if there are none.
func (r *Report) Split(n int) (shown []Finding, more string) {
	if len(r.Findings) <= n {
		return r.Findings, ""
	}
	rest := 0
	for i := range r.Findings[n:] {
		rest += r.Findings[n+i].Count
	}
	return r.Findings[:n], fmt.Sprintf("%s with %s", words.Count(len(r.Findings)-n, "more kind"), goroutines(rest))
}

// Title says what the goroutines of a finding do, and how many they are.
func (f *Finding) Title() string {
	switch {
	case f.Module != "" && len(f.Parts) > 0:
		return goroutines(f.Count) + " " + f.Cause.Title
	case len(f.Parts) > 1:
		return goroutines(f.Count) + " " + f.together() + f.Cause.Title
	}
	return fmt.Sprintf("%d x %s", f.Count, f.Cause.Title)
}

// together says what ties the goroutines of an entry without a library, where they
// do different things.
func (f *Finding) together() string {
	same := !slices.ContainsFunc(f.Parts, func(p Finding) bool { return p.Cause.Title != f.Cause.Title })
	switch {
	case same, runs(f, connReader):
		return ""
	case f.ofConnection():
		return "of one connection, "
	}
	return "of one call, "
}

// Grade says how sure the finding is: "proven: nothing can wake it any more",
// or what else speaks for a leak. It is "" where there is no proof and nothing
// was graded.
func (f *Finding) Grade() string {
	switch {
	case f.Proven == 0 && f.Unreachable == f.Count && f.Count > 0:
		return "unreachable: nothing that can run refers to what " + f.they() + " for"
	case f.Proven == 0 && f.Graded != 0:
		return f.suspicion()
	case f.Proven == 0:
		return ""
	case f.Proven > 1 && f.Proven < f.Count:
		return fmt.Sprintf("%d proven: nothing can wake them any more", f.Proven)
	case f.Count > 1 && f.Proven == 1: // "it" is one of several
		return "1 proven: nothing can wake it any more"
	case f.Count == 1:
		return "proven: nothing can wake it any more"
	}
	return "proven: nothing can wake them any more"
}

func (f *Finding) they() string {
	if f.Count == 1 {
		return "it waits"
	}
	return "they wait"
}

// minKeeps is less than is worth a line: every goroutine keeps its stack.
const minKeeps = 64 << 10

// keeps says how much memory is lost with the goroutines.
func (f *Finding) keeps() string {
	if s := f.size(); s != "" {
		return s + " that nothing else uses"
	}
	return ""
}

// size is the memory that is lost with the goroutines, as far as the heap tells.
func (f *Finding) size() string {
	switch {
	case f.Keeps < minKeeps:
		return ""
	case f.Keeps < 1<<20:
		return fmt.Sprintf("%d KB", f.Keeps>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(f.Keeps)/(1<<20))
}

// InModule is the place that tools which know the repository can show: where
// the goroutines wait, or else were started, or where the library was called
// that did. It is nil where none is in the main module.
func (f *Finding) InModule() *Site {
	switch {
	case f.At.Path != "":
		return &f.At
	case f.Started.Path != "":
		return &f.Started
	case f.Called.Path != "":
		return &f.Called
	}
	return nil
}

// Position is the file and line of a site, "" where the file is not known.
func (s *Site) Position() string {
	if s.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

// Name is a function's name as code writes it: cron.(*Cron).run, without the
// folders of its import path and its major version.
func Name(fn string) string {
	end := strings.IndexAny(fn, "[(") // type arguments and receivers have paths of their own
	if end < 0 {
		end = len(fn)
	}
	slash := strings.LastIndexByte(fn[:end], '/')
	pkg, rest, ok := strings.Cut(fn[slash+1:], ".")
	if !ok {
		return fn[slash+1:]
	}
	if isVersion(pkg) && slash > 0 { // example.com/cron/v3
		pkg = fn[strings.LastIndexByte(fn[:slash], '/')+1 : slash]
	}
	// The linker writes the point in gopkg.in/yaml.v3 and nats.go as %2e.
	if before, after, ok := strings.Cut(pkg, "%2e"); ok && (isVersion(after) || after == "go") {
		pkg = before
	}
	return pkg + "." + rest
}

// isVersion reports whether an element of an import path is a major version.
func isVersion(s string) bool {
	digits, ok := strings.CutPrefix(s, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// ShortName is [Name], cut to what a line has room for.
func ShortName(fn string) string { return Cut(Name(fn), maxName) }

// Code is the source line of a site without the comment at its end.
func (s *Site) Code() string {
	line := s.Source
	before, _, found := strings.Cut(line, " // ")
	if found && (strings.Count(before, `"`)+strings.Count(before, "`"))%2 != 0 {
		return line // inside a string
	}
	return strings.TrimRight(before, " \t")
}

// calls are the stack on one line, innermost first. It names the standard library's
// calls that the user's code waits in, and leaves out its others; recursion is one
// name with a count. A single call is at the site of the finding anyway.
func (f *Finding) calls() string {
	runs, total := f.runs()
	if total < 2 {
		return ""
	}
	var names []string
	for _, r := range runs[:min(len(runs), maxCalls)] {
		if r.n > 1 {
			r.name += fmt.Sprintf(" (%d times)", r.n)
		}
		names = append(names, r.name)
		total -= r.n
	}
	// The runtime leaves out calls of a deep stack.
	if more := total + f.Example.Elided; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, " < ")
}

// run is a name and how often it comes one after another.
type run struct {
	name string
	n    int
}

// runs returns the calls worth naming, and how many there are.
func (f *Finding) runs() (runs []run, total int) {
	own := 0
	for i, s := range f.Stack {
		// A library that called the user's code tells less than what that code waits in.
		if s.Std && (own > 0 || hidden(s.Func) && i+1 < len(f.Stack)) {
			continue
		}
		if !s.Std {
			own++
		}
		total++
		if name := ShortName(s.Func); len(runs) > 0 && runs[len(runs)-1].name == name {
			runs[len(runs)-1].n++
		} else {
			runs = append(runs, run{name, 1})
		}
	}
	return runs, total
}

// hidden reports whether fn is a part of the runtime that its package only
// links to, such as sync.runtime_Semacquire: the caller tells more.
func hidden(fn string) bool {
	return strings.Contains(fn, ".runtime_") || strings.HasPrefix(fn, "internal/")
}

func goroutines(n int) string { return words.Count(n, "goroutine") }
