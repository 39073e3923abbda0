package main

// part is a heading of the table of contents and the examples below it.
type part struct {
	title    string
	entries  string // the heading of what the examples say in a few words
	examples []entry
}

// Headings of such entries.
const (
	mistake = "The mistake"
	pattern = "What it does"
)

// entry is an example: the name of its folder, and in a few words what it is
// about. They are the title of its page too, with a capital letter, and so begin
// with no name of code.
type entry struct{ name, title string }

// contents are all examples, the common mistakes first.
var contents = []part{
	{"Channels", mistake, []entry{
		{"earlyreturn", "a send after the receiver has returned on another error"},
		{"sendtimeout", "a send after the receiver has given up waiting"},
		{"doublesend", "a second send, as a return is missing after the first"},
		{"blockedsend", "N senders, one receiver that returns early"},
		{"unsent", "a receive on a channel on which nobody ever sends"},
		{"unclosed", "a range over a channel that is never closed"},
		{"selectnodone", "a loop around a select that nothing ends"},
	}},
	{"Contexts", mistake, []entry{
		{"missingcancel", "a context that nobody cancels"},
		{"stuckmember", "a member of an errgroup that does not look at the group's context"},
	}},
	{"WaitGroups and locks", mistake, []entry{
		{"missingdone", "a path without Done"},
		{"addinside", "a call of wg.Add within the goroutine that it counts: Wait returns at once"},
		{"missingunlock", "a return between Lock and Unlock"},
		{"lockorder", "two locks in two orders"},
	}},
	{"Tests", mistake, []entry{
		{"loglate", "a goroutine that logs after its test"},
	}},
	{"Time", mistake, []entry{
		{"tickerloop", "a loop over a ticker without a way out"},
		{"blockedcallback", "a callback of time.AfterFunc that blocks"},
	}},
	{"Things to close", mistake, []entry{
		{"serverleft", "an http.Server that nobody shuts down"},
		{"testserverleft", "an httptest.Server that a test helper does not close"},
		{"rowsnotclosed", "rows that an early return leaves open"},
		{"txnotended", "a transaction that an error leaves open"},
		{"missingwait", "a command that is started and not waited for"},
		{"pullnostop", "an iterator that is pulled from and not stopped"},
		{"bodynotclosed", "the body of an HTTP response not closed"},
	}},
	{"Shared data", mistake, []entry{
		{"counterrace", "a counter without a lock"},
		{"maprace", "writes to a map without a lock"},
		{"loopvar", "one variable for all goroutines of a loop, in a file kept at Go 1.21"},
	}},
	{"Work", mistake, []entry{
		{"swallowederror", "an error that ends with its goroutine"},
		{"silentexit", "a main that returns while goroutines are at work"},
		{"unbounded", "a goroutine for each of 10,000 URLs"},
	}},
	{"Patterns done right", pattern, []entry{
		{"resultmutex", "two tasks add to one result, with a WaitGroup and a Mutex"},
		{"batch", "many fetches, a few at a time, with one deadline"},
	}},
}
