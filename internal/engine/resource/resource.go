// Package resource lists what a process holds of its system: open descriptors
// and child processes.
//
// Nothing here is opened, read or looked up through package os: package os
// records each name for the go command, which would then never repeat a
// cached result of these tests.
package resource

import (
	"cmp"
	"errors"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Kind says what a thing is.
type Kind string

// The kinds of things. All but Child are descriptors.
const (
	File       Kind = "file"
	Directory  Kind = "directory"
	Device     Kind = "device"
	Socket     Kind = "socket"
	Pipe       Kind = "pipe"
	Descriptor Kind = "descriptor" // another one, such as an epoll instance
	Child      Kind = "child"
)

// ErrUnsupported says that this system tells a process nothing of the kind.
var ErrUnsupported = errors.New("this system does not say what a process has open")

// ID tells a thing from all others, also from one that gets its number later.
type ID struct {
	Child  bool
	Number int    // the descriptor, or the id of the process
	Device uint64 // of a descriptor
	Serial uint64 // the inode of a descriptor, or when a process started
	Name   string // of a descriptor without an inode of its own
}

// Thing is a descriptor or a child process.
type Thing struct {
	ID
	Kind   Kind
	What   string // "the file /tmp/a.txt, open for writing"
	Path   string // of a file or directory; "" where it has none
	Leads  string // what a socket or a pipe leads to, as far as that can be seen
	Ended  bool   // a child that ended, and whose parent did not wait for it
	Socket Address
}

// Address is what a socket is connected to. Names are compared, so that the two
// ends in one process find each other.
type Address struct {
	Family, Type  int
	Listens       bool
	Local, Remote string
}

// Set holds things by what tells them apart.
type Set map[ID]Thing

// Beyond returns the things of s that are not in before, by their kinds and
// numbers.
func (s Set) Beyond(before Set) []Thing {
	var things []Thing
	for id, t := range s {
		if _, ok := before[id]; !ok {
			things = append(things, t)
		}
	}
	sorting.Stable(things, func(a, b Thing) int {
		switch {
		case b.Child && !a.Child: // descriptors come before children
			return -1
		case a.Child && !b.Child:
			return 1
		}
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Serial, b.Serial))
	})
	return things
}
