package relate

import (
	"iter"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Arguments counts the printed arguments of goroutines that have one stack. The
// zero value counts none. Its memory does not grow with their number.
type Arguments struct {
	n     int64
	calls []arguments // the innermost calls
}

// arguments are those of one call.
type arguments struct {
	values []values
	begun  bool
	unlike bool // goroutines have different numbers of arguments
}

// values are those of one argument.
type values struct {
	first  string
	firsts int64            // goroutines that have it
	counts map[string]int64 // of those with another one
	more   bool             // there are values that are not in counts
	stale  bool             // the register may have had another value by then
}

// Bounds of what is counted, so that of a hundred thousand goroutines each
// costs little.
const (
	maxCounted = 6  // calls of a stack
	maxValues  = 64 // of an argument
)

// Add counts n goroutines like g.
func (a *Arguments) Add(g *stackparse.Goroutine, n int64) {
	if a.calls == nil {
		a.calls = make([]arguments, min(len(g.Frames), maxCounted))
	}
	a.n += n
	for i := range a.calls {
		// Goroutines that were counted by a looser similarity may have fewer calls.
		if i >= len(g.Frames) {
			a.calls[i].unlike = true
			continue
		}
		a.calls[i].add(g.Frames[i].Args, n)
	}
}

func (c *arguments) add(args string, n int64) {
	i := 0
	for arg := range elements(args) {
		if i == len(c.values) {
			if c.begun { // the goroutines before have fewer arguments
				c.unlike = true
				return
			}
			c.values = append(c.values, values{
				first: strings.Clone(arg), counts: map[string]int64{}, stale: strings.ContainsAny(arg, "?_"),
			})
		}
		c.values[i].add(arg, n)
		i++
	}
	c.unlike = c.unlike || i != len(c.values)
	c.begun = true
}

func (v *values) add(arg string, n int64) {
	if arg == v.first { // most are alike, or all differ
		v.firsts += n
		return
	}
	seen, ok := v.counts[arg]
	if !ok {
		if len(v.counts) == maxValues {
			v.more = true
			return
		}
		v.stale = v.stale || strings.ContainsAny(arg, "?_")
		// Else the line that it is a part of would stay in memory.
		arg = strings.Clone(arg)
	}
	v.counts[arg] = seen + n
}

// elements yields the arguments of a call as the runtime prints them: those with
// several words, such as strings, in braces.
func elements(args string) iter.Seq[string] {
	return func(yield func(string) bool) {
		depth, start := 0, 0
		for i := range len(args) {
			switch args[i] {
			case '{':
				depth++
			case '}':
				depth--
			case ',':
				if depth == 0 && i >= start { // a comma where the blank should be is none
					if !yield(args[start:i]) {
						return
					}
					start = i + len(", ")
				}
			}
		}
		if start < len(args) {
			yield(args[start:])
		}
	}
}

// Argument is the value of one argument in goroutines with one stack.
type Argument struct {
	Func      string `json:"func"`           // the call
	Index     int    `json:"index"`          // from 0, which is the receiver of a method
	Name      string `json:"name,omitempty"` // where the source is there
	Type      string `json:"type,omitempty"`
	Value     string `json:"value"`               // the most frequent one, as the dump has it
	Count     int    `json:"count"`               // of the goroutines that have it
	Different int    `json:"different,omitempty"` // values that there are; 0 where those are too many to count
}

// Pointer reports whether the value is an address.
func (a *Argument) Pointer() bool {
	p, ok := a.Word()
	return ok && p >= minPointer
}

// Word returns the value of an argument of one word.
func (a *Argument) Word() (uint64, bool) { return word0(a.Value) }

// minAlike is the fewest goroutines whose arguments are compared: of two, either
// answer says little.
const minAlike = 3

// List returns the arguments with a property that all the goroutines share, those
// of the outermost call first, and a value that is passed on only once. The calls
// are the calls of one goroutine.
func (a *Arguments) List(calls []stackparse.Frame, tree *source.Tree) []Argument {
	if a == nil || a.n < minAlike {
		return nil
	}
	var all []Argument
	type same struct {
		first, value     string
		count, different int
	}
	seen := map[same]bool{}
	for i := min(len(a.calls), len(calls)) - 1; i >= 0; i-- {
		c, f := &a.calls[i], &calls[i]
		if c.unlike || tree.Std(f.Func, f.File) {
			continue
		}
		params := c.named(tree.Params(f))
		for j := range c.values {
			v := &c.values[j]
			arg := Argument{Func: f.Func, Index: j}
			if arg.Value, arg.Count = v.most(); v.stale || arg.Value == "..." {
				continue
			}
			if !v.more {
				arg.Different = 1 + len(v.counts)
			}
			key := same{v.first, arg.Value, arg.Count, arg.Different}
			// A pointer that each call passes on is named at the outermost call alone.
			if arg.Pointer() && seen[key] {
				continue
			}
			seen[key] = true
			if params != nil {
				arg.Name, arg.Type = params[j].Name, params[j].Type
			}
			all = append(all, arg)
		}
	}
	return all
}

// named returns params where they are those of the call, as far as it prints them.
func (c *arguments) named(params []source.Param) []source.Param {
	n := len(c.values)
	switch {
	// The runtime prints ten words of a call (abi.TraceArgsLimit).
	case n > 0 && c.values[n-1].first == "...":
		if n-1 > len(params) {
			return nil
		}
		return append(params, make([]source.Param, n)...)
	case n != len(params):
		return nil
	}
	return params
}

// most is the most frequent value, of several the first one or else the one that
// is first in order.
func (v *values) most() (string, int) {
	value, most := v.first, v.firsts
	for arg, n := range v.counts {
		if n > most || n == most && value != v.first && arg < value {
			value, most = arg, n
		}
	}
	return value, int(min(most, 1<<31-1)) // int has 32 bits on some systems
}
