package report

import (
	"fmt"
	"strings"
)

// Files says which of several dumps have goroutines of a finding. It is zero where
// there is one dump.
type Files struct {
	In   int    `json:"in"`   // so many of them have some
	Of   int    `json:"of"`   // of so many
	Most []File `json:"most"` // those that have most, at most ten
}

// File is how many goroutines of a finding a dump has.
type File struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// MaxFiles bounds the dumps that a finding names.
const MaxFiles = 10

const namedFiles = 5 // by text, if no others have some

// String names the dumps where few have goroutines of the kind, and else those that
// have most: "in 3 of 20: 40 in a.pb.gz, 2 in b.pb.gz, 1 in c.pb.gz".
func (f Files) String() string {
	if f.Of < 2 || len(f.Most) == 0 {
		return ""
	}
	s := fmt.Sprintf("in %d of %d", f.In, f.Of)
	if f.In == f.Of { // said in a word: the reader need not compare two numbers
		s = fmt.Sprintf("in all %d", f.Of)
	}
	named := f.Most[:min(len(f.Most), namedFiles)]
	if f.In > namedFiles {
		named = f.Most[:min(len(f.Most), 3)]
		s += ", most"
	} else {
		s += ":"
	}
	var parts []string
	for _, file := range named {
		parts = append(parts, fmt.Sprintf("%d in %s", file.Count, Cut(file.Name, maxName)))
	}
	return s + " " + strings.Join(parts, ", ")
}
