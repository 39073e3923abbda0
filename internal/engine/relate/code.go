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
	if tree, ok := code.(*source.Tree); code == nil || ok && tree == nil {
		return nil
	}
	return &memory{Code: code, held: map[place]heldAnswer{}, wanted: map[place]wantedAnswer{}}
}

type memory struct {
	Code
	held   map[place]heldAnswer
	wanted map[place]wantedAnswer
}

// place is where a call is.
type place struct {
	fn, file string
	line     int
}

type heldAnswer struct {
	locks []source.Lock
	ok    bool
}

type wantedAnswer struct {
	lock source.Lock
	ok   bool
}

// Held implements [Code].
func (m *memory) Held(f *stackparse.Frame) ([]source.Lock, bool) {
	at := place{f.Func, f.File, f.Line}
	a, known := m.held[at]
	if !known {
		a.locks, a.ok = m.Code.Held(f)
		m.held[at] = a
	}
	return a.locks, a.ok
}

// Wanted implements [Code].
func (m *memory) Wanted(f *stackparse.Frame) (source.Lock, bool) {
	at := place{f.Func, f.File, f.Line}
	a, known := m.wanted[at]
	if !known {
		a.lock, a.ok = m.Code.Wanted(f)
		m.wanted[at] = a
	}
	return a.lock, a.ok
}
