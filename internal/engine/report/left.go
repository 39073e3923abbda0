package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/words"
)

// Left is a descriptor or a child process that outlived the subject of a report.
type Left struct {
	Kind     string   `json:"kind"`   // "file", "directory", "device", "socket", "pipe", "descriptor" or "child"
	Number   int      `json:"number"` // the descriptor, or the id of the process
	What     string   `json:"what"`   // in words: "the file /tmp/a.txt, open for writing"
	Leads    string   `json:"leads,omitempty"`
	Ended    bool     `json:"ended,omitempty"`    // a child that ended and was not waited for
	Test     string   `json:"test,omitempty"`     // the owner, "" where there is no evidence
	Evidence string   `json:"evidence,omitempty"` // what says so
	Opened   Site     `json:"opened,omitzero"`    // the call that opened or started it, where the memory profile has it
	Held     []string `json:"held,omitempty"`     // who can still use it
	Why      string   `json:"why,omitempty"`      // the likely mistake
	Fix      string   `json:"fix,omitempty"`
	Ignore   string   `json:"ignore,omitempty"` // the option that leaves it out
}

// isChild reports whether it is a child process.
func (l *Left) isChild() bool { return l.Kind == "child" }

// Title names it: "descriptor 7: the file /tmp/a.txt".
func (l *Left) Title() string {
	switch {
	case !l.isChild():
		return fmt.Sprintf("descriptor %d: %s", l.Number, l.What)
	case l.Ended:
		return fmt.Sprintf("process %d, ended: %s", l.Number, l.What)
	}
	return fmt.Sprintf("process %d, still running: %s", l.Number, l.What)
}

// Rows are what all formats say about it, in this order.
func (l *Left) Rows() []Row {
	opened := "opened"
	if l.isChild() {
		opened = "started"
	}
	rows := []Row{
		{Name: "leads", Text: Cut(l.Leads, 2*maxName)},
		{Name: opened, Site: &l.Opened},
		{Name: "held by", Text: Cut(strings.Join(l.Held, "; "), 3*maxName)},
		{Name: "owner", Text: Cut(l.Evidence, 2*maxName)},
		{Name: "cause", Text: l.Why},
		{Name: "fix", Text: l.Fix},
		{Name: "ignore", Text: l.Ignore, Code: true},
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Text == "" && (r.Site == nil || r.Site.Func == "") })
}

// bound cuts what is too long in l.
func (l *Left) bound() {
	if len(l.Ignore) > maxText {
		l.Ignore = ""
	}
	l.Held = l.Held[:min(len(l.Held), maxList)]
	rewrite(l, boundText)
}

// MaxLeft is how many of them are shown in full.
const MaxLeft = 20

// SplitLeft returns those that are shown, and in words how many others there are.
func (r *Report) SplitLeft(n int) (shown []Left, more string) {
	if len(r.Left) <= n {
		return r.Left, ""
	}
	return r.Left[:n], fmt.Sprintf("%d more descriptors and child processes", len(r.Left)-n)
}

// counted says how many things of which kinds were left: "1 goroutine, 2
// descriptors and 1 child process".
func (r *Report) counted() string {
	var parts []string
	// "0 goroutines" is said where there is nothing else to say.
	if r.Total > 0 || len(r.Left) == 0 {
		parts = append(parts, goroutines(r.Total))
	}
	children := 0
	for i := range r.Left {
		if r.Left[i].isChild() {
			children++
		}
	}
	if n := len(r.Left) - children; n > 0 {
		parts = append(parts, words.Count(n, "descriptor"))
	}
	if children > 0 {
		parts = append(parts, words.Plural(children, "child process", "child processes"))
	}
	return words.Enumerate(parts)
}

// InModule is the call that tools which know the repository can show, or nil.
func (l *Left) InModule() *Site {
	if l.Opened.Path != "" {
		return &l.Opened
	}
	return nil
}
