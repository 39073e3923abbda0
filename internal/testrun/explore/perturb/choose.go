package perturb

import (
	"reflect"
	"time"
)

// Op is a case of a select: a *[Receive] or a *[Sending].
type Op interface {
	try() bool                        // without waiting
	wait(limit <-chan time.Time) bool // until the limit; a nil limit never comes
	choice() reflect.SelectCase
	took(v reflect.Value, ok bool)
}

// Receive is a receive operation, and what it received.
type Receive[T any] struct {
	Value T
	OK    bool
	from  <-chan T
}

// Recv makes the case that receives from c.
func Recv[T any](c <-chan T) *Receive[T] { return &Receive[T]{from: c} }

func (r *Receive[T]) try() bool {
	select {
	case r.Value, r.OK = <-r.from:
		return true
	default:
		return false
	}
}

func (r *Receive[T]) wait(limit <-chan time.Time) bool {
	select {
	case r.Value, r.OK = <-r.from:
		return true
	case <-limit:
		return false
	}
}

func (r *Receive[T]) choice() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.from)}
}

func (r *Receive[T]) took(v reflect.Value, ok bool) {
	reflect.ValueOf(&r.Value).Elem().Set(v)
	r.OK = ok
}

// Target is the channel of a send operation.
type Target[T any] struct{ to chan<- T }

// To begins the case that sends to c.
func To[T any](c chan<- T) Target[T] { return Target[T]{c} }

// Send makes the case that sends v.
func (t Target[T]) Send(v T) *Sending[T] { return &Sending[T]{t.to, v} }

// Sending is a send operation.
type Sending[T any] struct {
	to chan<- T
	v  T
}

func (s *Sending[T]) try() bool {
	select {
	case s.to <- s.v:
		return true
	default:
		return false
	}
}

func (s *Sending[T]) wait(limit <-chan time.Time) bool {
	select {
	case s.to <- s.v:
		return true
	case <-limit:
		return false
	}
}

func (s *Sending[T]) choice() reflect.SelectCase {
	// An interface value must keep the type of the channel's elements.
	return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(s.to), Send: reflect.ValueOf(&s.v).Elem()}
}

func (s *Sending[T]) took(reflect.Value, bool) {}

// Choose is the select statement of a site: it does one of the operations and
// returns its number, or -1 for the default.
func Choose(site int, hasDefault bool, ops ...Op) int {
	r := current
	r.step(site)
	if d, ok := r.plan.Pause[site]; ok {
		r.pause(d)
	}
	n := r.choose(site, hasDefault, ops)
	r.trace.chosen(site, n)
	return n
}

func (r *run) choose(site int, hasDefault bool, ops []Op) int {
	if p, ok := r.plan.Prefer[site]; ok && p < len(ops) && r.prefer(ops[p]) {
		return p
	}
	switch {
	case len(ops) > 1:
		return pick(hasDefault, ops)
	case !hasDefault:
		ops[0].wait(nil)
		return 0
	case ops[0].try():
		return 0
	default:
		return -1
	}
}

// prefer gives one case a head start.
func (r *run) prefer(op Op) bool {
	if op.try() {
		return true
	}
	if inBubble() || r.spent.Add(int64(headStart)) > int64(maxDelay) {
		return false
	}
	limit := time.NewTimer(headStart)
	defer limit.Stop()
	return op.wait(limit.C)
}

// pick is a select statement.
func pick(hasDefault bool, ops []Op) int {
	choices := make([]reflect.SelectCase, len(ops), len(ops)+1)
	for i, op := range ops {
		choices[i] = op.choice()
	}
	if hasDefault {
		choices = append(choices, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	n, v, ok := reflect.Select(choices)
	if n == len(ops) {
		return -1
	}
	ops[n].took(v, ok)
	return n
}
