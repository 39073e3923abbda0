package cause

// examples are the folders of the repository's examples, by the cause that they
// show best. Package examples/internal/mistakes compares them with the examples.
var examples = map[string]string{
	"afterfunc-blocked":          "blockedcallback",
	"chan-range":                 "unclosed",
	"chan-recv":                  "unsent",
	"chan-semaphore":             "addinside",
	"chan-send":                  "earlyreturn",
	"errgroup-wait":              "stuckmember",
	"exec-nowait":                "missingwait",
	"http-body-not-closed":       "bodynotclosed",
	"http-server":                "serverleft",
	"httptest-server":            "testserverleft",
	"iter-pull":                  "pullnostop",
	"mutex-lock":                 "missingunlock",
	"select-ctx-never-cancelled": "missingcancel",
	"select-no-exit":             "selectnodone",
	"sql-rows":                   "rowsnotclosed",
	"sql-tx":                     "txnotended",
	"ticker-loop":                "tickerloop",
	"wg-wait":                    "missingdone",
}

// Example is the folder of the example that shows the cause with this ID, below
// the repository's folder examples; "" if there is none.
func Example(id string) string { return examples[id] }
