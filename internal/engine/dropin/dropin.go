// Package dropin is the side door of package leakcheck, for packages that offer
// the API of another leak checker over it. They pass a test, or a testing.M, that
// has one of the methods below, which say where the other checker's calls mean
// something else. The methods' types are of this package, so that nobody outside
// of the module can have them by chance.
package dropin

// Test is a test whose check takes place in the call of Verify, which comes
// after the work, and not in a cleanup of the test. Its Cleanup method calls the
// function at once.
//
// The check is one of the whole process where it can be: what a test that is
// over left behind counts too, since that test may have had no check.
type Test interface{ CheckNow() Now }

// Now is what Verify says about such a check.
type Now struct {
	Heading Heading // before a report

	// Note goes with a report of goroutines that are not proven leaked: what
	// else could have ended them, had the call come later. "" is for none.
	Note string
}

// Main is a testing.M with words of its own before the report of VerifyTestMain.
type Main interface{ Heading(exitCode int) Heading }

// Heading is text that ends with a newline, or "".
type Heading string
