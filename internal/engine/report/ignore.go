package report

import "fmt"

// ignoring says how the goroutines that expr matches are left out: by an option
// for the test's own check. Package inject has this file say it otherwise where
// the command added the check, and no code names its options.
func ignoring(expr string) string {
	return fmt.Sprintf("leakcheck.Ignore(filters.MustParse(%#q))", expr)
}
