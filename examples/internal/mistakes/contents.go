package main

// part is a heading of the table of contents and the examples below it.
type part struct {
	title    string
	examples []entry
}

// entry is an example: the name of its folder, and the mistake in a few words.
type entry struct{ name, title string }

// contents are all examples, the common mistakes first.
var contents = []part{
	{"Channels", []entry{
		{"blockedsend", "N senders, one receiver that returns early"},
		{"unclosed", "a range over a channel that is never closed"},
	}},
	{"Contexts", []entry{
		{"missingcancel", "a context that nobody cancels"},
	}},
	{"WaitGroups and locks", []entry{
		{"missingdone", "a path without Done"},
		{"lockorder", "two locks in two orders"},
	}},
	{"Time", []entry{
		{"tickerloop", "a loop over a ticker without a way out"},
	}},
	{"Things to close", []entry{
		{"bodynotclosed", "the body of an HTTP response not closed"},
	}},
}
