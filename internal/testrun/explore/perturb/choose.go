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

// The functions Choose1 to Choose4, and Choose for more cases, are the select
// statement of a site: they do one of the operations and return its number, or -1
// for the default. The compiler's own select does it, so that a goroutine waits
// there as it would without us.

// Choose1 is a select with one case.
func Choose1[A any](site int, hasDefault bool, a *Case[A]) int {
	r := current
	if p := r.begin(site); p == 0 && prefer(r, a) {
		return r.took(site, 0)
	}
	return r.took(site, pick1(hasDefault, a))
}

// Choose2 is a select with two cases.
func Choose2[A, B any](site int, hasDefault bool, a *Case[A], b *Case[B]) int {
	r := current
	switch p := r.begin(site); {
	case p == 0 && prefer(r, a):
		return r.took(site, 0)
	case p == 1 && prefer(r, b):
		return r.took(site, 1)
	}
	return r.took(site, pick2(hasDefault, a, b))
}

// Choose3 is a select with three cases.
func Choose3[A, B, C any](site int, hasDefault bool, a *Case[A], b *Case[B], c *Case[C]) int {
	r := current
	switch p := r.begin(site); {
	case p == 0 && prefer(r, a):
		return r.took(site, 0)
	case p == 1 && prefer(r, b):
		return r.took(site, 1)
	case p == 2 && prefer(r, c):
		return r.took(site, 2)
	}
	return r.took(site, pick3(hasDefault, a, b, c))
}

// Choose4 is a select with four cases.
func Choose4[A, B, C, D any](site int, hasDefault bool, a *Case[A], b *Case[B], c *Case[C], d *Case[D]) int {
	r := current
	switch p := r.begin(site); {
	case p == 0 && prefer(r, a):
		return r.took(site, 0)
	case p == 1 && prefer(r, b):
		return r.took(site, 1)
	case p == 2 && prefer(r, c):
		return r.took(site, 2)
	case p == 3 && prefer(r, d):
		return r.took(site, 3)
	}
	return r.took(site, pick4(hasDefault, a, b, c, d))
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

func pick2[A, B any](hasDefault bool, a *Case[A], b *Case[B]) int {
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
	}
}

func pick3[A, B, C any](hasDefault bool, a *Case[A], b *Case[B], c *Case[C]) int {
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
	}
}

func pick4[A, B, C, D any](hasDefault bool, a *Case[A], b *Case[B], c *Case[C], d *Case[D]) int {
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
