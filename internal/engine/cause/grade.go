package cause

import "github.com/leakcheck-go/goroutine/internal/engine/wait"

// Grade says what speaks for a goroutine being leaked. Greater is stronger.
// Only [Proven] is a proof: whatever else is called a leak is called one by a
// person who knows that it should have ended.
type Grade int

// The grades of evidence, weakest first.
const (
	Running     Grade = iota + 1 // it runs, or is ready to
	Blocked                      // it waits, which most goroutines do most of the time
	Outlier                      // far more of its kind than in comparable processes
	Old                          // the runtime saw it in the same wait for minutes
	Growing                      // more of its kind in each of several samples
	Unreachable                  // by the heap, nothing that can run refers to what it waits for
	Proven                       // the runtime proved that nothing can wake it
)

// grades has the word and the phrase for each.
var grades = [...]struct{ word, phrase string }{
	{"unknown", ""},
	Running:     {"running", "still running"},
	Blocked:     {"blocked", "merely blocked: it may continue"},
	Outlier:     {"outlier", "an outlier: its peers have far fewer"},
	Old:         {"old", "old: in the same wait for minutes"},
	Growing:     {"growing", "growing: more in each sample"},
	Unreachable: {"unreachable", "unreachable: nothing that can run refers to what it waits for"},
	Proven:      {"proven", "proven: nothing can wake it any more"},
}

// valid is g, or 0 where that is no grade.
func (g Grade) valid() Grade {
	if g < 0 || g > Proven {
		return 0
	}
	return g
}

// String returns the word for a table or a filter: "proven".
func (g Grade) String() string { return grades[g.valid()].word }

// Phrase returns the grade as a report says it.
func (g Grade) Phrase() string { return grades[g.valid()].phrase }

// ParseGrade returns the grade that String names so, or 0.
func ParseGrade(s string) Grade {
	for g := Running; g <= Proven; g++ {
		if g.String() == s {
			return g
		}
	}
	return 0
}

// Leak reports whether the grade alone allows to call a goroutine in that
// state a leak. Waiting for input or output is ordinary however long it takes,
// and so is sleeping.
func (g Grade) Leak(state string) bool {
	if wait.Outside(state) {
		return g >= Growing // that they wait long says nothing
	}
	return g >= Old
}

// Tier orders goroutines by what speaks for a leak: 0 for what is proven, 1 for
// what is likely, 2 for what may be, and 3 for what is usual, to run, to sleep and
// to wait for input or output. The grade says whether one is likely; where it is
// compared with peers an outlier is as well.
func (g Grade) Tier(state string, likely bool) int {
	switch {
	case g == Proven:
		return 0
	case likely:
		return 1
	case !wait.Outside(state):
		return 2
	}
	return 3
}

// GradeOf returns what a single dump says about a goroutine: its state,
// whether the runtime proved it leaked, and whether it printed minutes.
func GradeOf(state string, proven bool, minutes int) Grade {
	switch {
	case proven:
		return Proven
	case state == "running" || state == "runnable":
		return Running
	// The runtime counts from a garbage collection that found it waiting.
	case minutes > 0:
		return Old
	}
	return Blocked
}
