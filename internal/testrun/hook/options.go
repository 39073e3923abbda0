package hook

import "github.com/leakcheck-go/goroutine/internal/testrun/options"

// opts are those of the command line. The command writes this file again.
var opts options.Check
