package relate

import (
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Code is what the source says about a call. *source.Tree implements it.
type Code interface {
	// Held returns the locks that the function of f has taken and not given
	// back where it stands at f, and false where the source cannot be read.
	Held(f *stackparse.Frame) ([]source.Lock, bool)
	// Wanted returns what the call at f, such as Lock or Wait, is a call on.
	Wanted(f *stackparse.Frame) (source.Lock, bool)
	// OnReceiver reports whether the call of method at f is on the receiver
	// that f has itself.
	OnReceiver(f *stackparse.Frame, method string) bool
}

// remember returns a Code that asks code once about each place: a big dump has
// many goroutines at few places. It is nil if there is nothing to ask.
func remember(code Code) Code {
	// A Code that holds a nil *Tree is not nil itself.
	if tree, ok := code.(*source.Tree); code == nil || ok && tree == nil {
		return nil
	}
	return &memory{code, map[place]answer[[]source.Lock]{}, map[place]answer[source.Lock]{}}
}

type memory struct {
	Code
	held   map[place]answer[[]source.Lock]
	wanted map[place]answer[source.Lock]
}

// place is where a call is.
type place struct {
	fn, file string
	line     int
}

// answer is what a Code says about a place.
type answer[T any] struct {
	locks T
	ok    bool
}

// Held implements [Code].
func (m *memory) Held(f *stackparse.Frame) ([]source.Lock, bool) { return ask(m.held, m.Code.Held, f) }

// Wanted implements [Code].
func (m *memory) Wanted(f *stackparse.Frame) (source.Lock, bool) {
	return ask(m.wanted, m.Code.Wanted, f)
}

func ask[T any](kept map[place]answer[T], code func(*stackparse.Frame) (T, bool), f *stackparse.Frame) (T, bool) {
	at := place{f.Func, f.File, f.Line}
	a, known := kept[at]
	if !known {
		a.locks, a.ok = code(f)
		kept[at] = a
	}
	return a.locks, a.ok
}
