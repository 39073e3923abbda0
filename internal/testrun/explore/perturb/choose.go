package perturb

import (
	"reflect"
	"time"
)

// Case is a case of a select: its channel, and the value that is sent, or was
// received.
type Case[T any] struct {
	Value T
	OK    bool // as the second result of a receive

	// One of them is nil, and so never ready.
	from <-chan T
	to   chan<- T
	send bool
}

// Recv makes the case that receives from c.
func Recv[T any](c <-chan T) Case[T] { return Case[T]{from: c} }

// Target is the channel of a send operation.
type Target[T any] struct{ to chan<- T }

// To begins the case that sends to c. It is evaluated before the value, as in a
// select.
func To[T any](c chan<- T) Target[T] { return Target[T]{c} }

// Send makes the case that sends v.
func (t Target[T]) Send(v T) Case[T] { return Case[T]{Value: v, to: t.to, send: true} }

// The functions Choose1, ChooseOf, and Choose for more than four cases, are the
// select statement of a site: they do one of the operations and return its number,
// or -1 for the default. The compiler's own select does it, so that a goroutine
// waits there as it would without us.

// Choose1 is a select with one case.
func Choose1[A any](site int, hasDefault bool, a *Case[A]) int {
	r := current
	if p := r.begin(site); p == 0 && prefer(r, a) {
		return r.took(site, 0)
	}
	return r.took(site, pick1(hasDefault, a))
}

// Four is up to four cases. Those that a select lacks are [None].
type Four[A, B, C, D any] struct {
	a *Case[A]
	b *Case[B]
	c *Case[C]
	d *Case[D]
}

// None is never ready: its channels are nil, which a select passes over.
var None = &Case[struct{}]{}

// Of makes a Four.
func Of[A, B, C, D any](a *Case[A], b *Case[B], c *Case[C], d *Case[D]) Four[A, B, C, D] {
	return Four[A, B, C, D]{a, b, c, d}
}

// ChooseOf is a select with two to four cases.
func ChooseOf[A, B, C, D any](site int, hasDefault bool, of Four[A, B, C, D]) int {
	r := current
	p := r.begin(site)
	// No slice of interfaces: with one, the cases of each select would be on the heap.
	if p == 0 && prefer(r, of.a) || p == 1 && prefer(r, of.b) || p == 2 && prefer(r, of.c) || p == 3 && prefer(r, of.d) {
		return r.took(site, p)
	}
	return r.took(site, of.pick(hasDefault))
}

// Op is a *[Case] of any type.
type Op interface {
	preferred(*run) bool
	choice() reflect.SelectCase
	received(v reflect.Value, ok bool)
}

// Choose is a select with more cases.
func Choose(site int, hasDefault bool, ops ...Op) int {
	r := current
	if p := r.begin(site); p >= 0 && p < len(ops) && ops[p].preferred(r) {
		return r.took(site, p)
	}
	choices := make([]reflect.SelectCase, len(ops), len(ops)+1)
	for i, op := range ops {
		choices[i] = op.choice()
	}
	if hasDefault {
		choices = append(choices, reflect.SelectCase{Dir: reflect.SelectDefault})
	}
	n, v, ok := reflect.Select(choices)
	if n == len(ops) {
		return r.took(site, -1)
	}
	ops[n].received(v, ok)
	return r.took(site, n)
}

func (c *Case[T]) preferred(r *run) bool { return prefer(r, c) }

func (c *Case[T]) choice() reflect.SelectCase {
	if c.send {
		// An interface value must keep the type of the channel's elements.
		value := reflect.ValueOf(&c.Value).Elem()
		return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c.to), Send: value}
	}
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c.from)}
}

func (c *Case[T]) received(v reflect.Value, ok bool) {
	if !c.send {
		reflect.ValueOf(&c.Value).Elem().Set(v)
		c.OK = ok
	}
}

// begin is called before a select. It returns the number of the case that the plan
// prefers, or -1.
func (r *run) begin(site int) int {
	r.at(site)
	if p, ok := r.plan.Prefer[site]; ok {
		return p
	}
	return -1
}

func (r *run) took(site, number int) int {
	r.trace.chosen(site, number)
	return number
}

// prefer gives one case a head start.
func prefer[T any](r *run, c *Case[T]) bool {
	if pick1(true, c) == 0 {
		return true
	}
	if inBubble() || r.spent.Add(int64(headStart)) > int64(maxDelay) {
		return false
	}
	limit := time.NewTimer(headStart)
	defer limit.Stop()
	select {
	case c.Value, c.OK = <-c.from:
		return true
	case c.to <- c.Value:
		return true
	case <-limit.C:
		return false
	}
}

func pick1[A any](hasDefault bool, a *Case[A]) int {
	switch {
	case hasDefault:
		select {
		case a.Value, a.OK = <-a.from:
		case a.to <- a.Value:
		default:
			return -1
		}
	case a.send:
		a.to <- a.Value
	default:
		a.Value, a.OK = <-a.from
	}
	return 0
}

func (f Four[A, B, C, D]) pick(hasDefault bool) int {
	a, b, c, d := f.a, f.b, f.c, f.d
	if hasDefault {
		select {
		case a.Value, a.OK = <-a.from:
			return 0
		case a.to <- a.Value:
			return 0
		case b.Value, b.OK = <-b.from:
			return 1
		case b.to <- b.Value:
			return 1
		case c.Value, c.OK = <-c.from:
			return 2
		case c.to <- c.Value:
			return 2
		case d.Value, d.OK = <-d.from:
			return 3
		case d.to <- d.Value:
			return 3
		default:
			return -1
		}
	}
	select {
	case a.Value, a.OK = <-a.from:
		return 0
	case a.to <- a.Value:
		return 0
	case b.Value, b.OK = <-b.from:
		return 1
	case b.to <- b.Value:
		return 1
	case c.Value, c.OK = <-c.from:
		return 2
	case c.to <- c.Value:
		return 2
	case d.Value, d.OK = <-d.from:
		return 3
	case d.to <- d.Value:
		return 3
	}
}
