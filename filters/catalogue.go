package filters

import (
	"slices"
	"sync"
	"time"
)

// Class says what a known goroutine means for a leak check. The zero Class is
// none.
type Class int

const (
	// ClassBenign goroutines live as long as the process by design, or belong
	// to the test runner. They are ignored.
	//
	// An entry is of this class if a test cannot be expected to stop it:
	// because nothing can, or because it was started by an init function or at
	// the first use of something that the whole process shares.
	ClassBenign Class = iota + 1
	// ClassSlowToStop goroutines end some time after what they serve was
	// closed, and that close does not wait for them. They are waited for, for
	// [Entry.Linger] at most. One that is still there after that was not closed:
	// [Entry.Fix] says how.
	ClassSlowToStop
	// ClassMissingClose goroutines stop at a call that was not made, and are
	// gone when it returns. They are reported, with that call.
	ClassMissingClose
)

// String returns "benign", "slow to stop", "missing close", or "unknown" for what
// is no class.
func (c Class) String() string {
	switch c {
	case ClassBenign:
		return "benign"
	case ClassSlowToStop:
		return "slow to stop"
	case ClassMissingClose:
		return "missing close"
	}
	return "unknown"
}

// Entry is one known goroutine.
type Entry struct {
	// Entries cannot be compared by ==. Without this the compiler writes a
	// comparison for each array of them, 30 KB in every test binary.
	_ [0]func()

	ID     string // stable name: "testing/test"
	Module string // "std", or the path of the module that starts it
	Class  Class
	Match  Filter        // matches it, however and wherever it waits
	Why    string        // why it runs, and why its class is right
	Source string        // where that can be checked: file of the module, and function
	Since  string        // release that this was checked in: "go1.26", or the module's version; older ones may have it too
	Until  string        // last release that has it; "" while current
	Fix    string        // the call that stops it; "" if nothing does
	Linger time.Duration // for ClassSlowToStop: how long it may take to end after the call in Fix, at most
}

// Catalogue returns the known goroutines. The slice is the caller's.
func Catalogue() []Entry { return slices.Clone(catalogue()) }

// catalogue is built at its first use, so that a program that links this
// package and never asks pays nothing.
var catalogue = sync.OnceValue(func() []Entry {
	return slices.Concat(runner(), standardLibrary(), logLibraries(), memoryLibraries(), databaseLibraries(),
		networkLibraries(), telemetryLibraries(), testingLibraries())
})
