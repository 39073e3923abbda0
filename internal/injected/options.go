package injected

import "github.com/leakcheck-go/goroutine/leakcheck"

// options are those of the command line. The command writes this file anew.
func options() []leakcheck.Option { return nil }
