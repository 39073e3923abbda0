package heap

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Limits bound what reading a dump may cost. The zero value means the
// defaults.
type Limits struct {
	Bytes   int64         // of the dump, and of the heap before it is dumped; 256 MB
	Objects int           // 16 million
	Edges   int           // 64 million
	Time    time.Duration // for reading and for each analysis; 10 s
}

// withDefaults returns l with every bound set.
func (l Limits) withDefaults() Limits {
	return Limits{
		Bytes: cmp.Or(l.Bytes, 256<<20), Objects: cmp.Or(l.Objects, 16<<20), Edges: cmp.Or(l.Edges, 64<<20),
		Time: cmp.Or(l.Time, 10*time.Second),
	}
}

var (
	// ErrLimit is returned where a bound of Limits was passed.
	ErrLimit = errors.New("heap: over the limit")
	// ErrBusy is returned by Capture where a dump would be unsafe now.
	ErrBusy = errors.New("heap: cannot be dumped now")
)

// FormatError says where a dump stops making sense.
type FormatError struct {
	Offset int64  // bytes from the start of the dump
	Msg    string // what is wrong there
}

// Error names the offset and the fault.
func (e *FormatError) Error() string {
	return fmt.Sprintf("heap dump: offset %d: %s", e.Offset, e.Msg)
}
