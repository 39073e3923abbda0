// Package fix writes the change that is likely to end a leak, if there is a
// mechanical one: a Close that is deferred, room in a channel for every send, a
// case for the end of a context.
//
// A [Leak] is a cause and the calls that led to the goroutine. [Source.Candidates]
// reads the code at these calls and returns changes, the likeliest first. They are
// syntactic guesses that know the types of the package, but not of its imports:
// each has to be tried, as package testrun does. Code in a shape that no rule
// knows gets no candidate.
//
// No candidate changes the signature of a function, and none takes away a call that
// closes or unlocks unless a deferred one takes its place and nothing but the end of
// the function came after it.
package fix

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Leak is a goroutine that was left behind.
type Leak struct {
	Cause string // the ID of its cause
	// Chain are the calls of the goroutine, innermost first, and then those of the one
	// that started it: the function with the go statement and who called that, and so on.
	Chain []Call
	Spawn int // the index in Chain of the function with the go statement
}

// Call is a call in the chain of a leak.
type Call struct {
	Func string // as the runtime names it
	File string // absolute path
	Line int
	Own  bool // the file may be changed: it is of the main module
}

// Candidate is a change that may end a leak.
type Candidate struct {
	What  string // "defer resp.Body.Close()"
	edits []edit
}

// Same reports whether two candidates change the same text in the same way.
func (c Candidate) Same(other Candidate) bool { return slices.Equal(c.edits, other.edits) }

// rules are what is tried for a cause, the likeliest first.
type rule struct {
	what  string // for people
	apply func(*finder)
}

// The rules, and what they do in words.
var (
	deferBody     = rule{"defer resp.Body.Close()", (*finder).body}
	deferRows     = rule{"defer rows.Close()", func(f *finder) { f.result("Close") }}
	deferRollback = rule{"defer tx.Rollback()", func(f *finder) { f.result("Rollback") }}
	deferClose    = rule{"defer the Close of what was made", func(f *finder) { f.result("Close") }}
	deferServer   = rule{"defer srv.Close(), or t.Cleanup(srv.Close) in a helper", func(f *finder) { f.result("Close") }}
	closeStarted  = rule{"defer srv.Close()", func(f *finder) { f.receiver("Close", "Start", "StartTLS") }}
	deferStop     = rule{"defer stop()", (*finder).stop}
	deferWait     = rule{"defer cmd.Wait()", (*finder).wait}
	closeServer   = rule{"defer srv.Close()", func(f *finder) { f.receiver("Close", "Serve", "ListenAndServe") }}
	closeIdle     = rule{"defer client.CloseIdleConnections()", (*finder).closeIdle}
	closeListener = rule{"defer ln.Close()", func(f *finder) { f.receiver("Close", "Accept", "AcceptTCP", "Serve") }}
	closeConn     = rule{"defer conn.Close()", func(f *finder) { f.receiver("Close", "Read", "ReadFrom", "Write") }}
	cancel        = rule{"defer cancel(), or t.Context() in place of context.Background()", (*finder).cancel}
	maker         = rule{"defer the Close, Stop or the like of the value that started it", (*finder).maker}
	twice         = rule{"a return after a send that another one follows", (*finder).sendTwice}
	loopVariable  = rule{"a copy of the loop's variables, before Go 1.22", (*finder).loopVariable}
	room          = rule{"room for every send: make(chan T, n)", (*finder).room}
	selectDone    = rule{"a select of the operation and <-ctx.Done()", (*finder).selectDone}
	closeChannel  = rule{"close(ch) after the last send and before a return", (*finder).closeChannel}
	deferDone     = rule{"defer wg.Done(), or wg.Go in place of Add and Done", (*finder).done}
	unlock        = rule{"defer mu.Unlock(), or Unlock before a return", (*finder).unlock}
	stopTicker    = rule{"a select of the ticker and <-ctx.Done()", (*finder).selectDone}
)

// rules are those of each cause.
var rules = map[string][]rule{
	"http-body-not-closed": {deferBody},
	"sql-rows":             {deferRows},
	"sql-tx":               {deferRollback},
	"sql-db":               {deferClose},
	"grpc-client":          {deferClose},
	"httptest-server":      {deferServer, closeStarted},
	"http-server":          {closeServer, closeListener, maker},
	"http-conn-idle":       {closeIdle, closeServer, maker},
	"http-idle-conn":       {closeIdle},
	"http2-client":         {closeIdle},
	"grpc-server":          {maker},
	"listener-accept":      {closeListener, maker},
	"conn-read":            {closeConn, maker},
	"udp-read":             {closeConn, maker},
	"io-pipe":              {closeConn, maker},
	"os-pipe":              {closeConn, maker},
	"io-wait":              {closeConn, maker},
	"iter-pull":            {deferStop},
	"signal-ctx":           {deferStop},
	"exec-nowait":          {deferWait},

	"select-ctx-never-cancelled": {maker, cancel},
	"ctx-propagate":              {cancel},
	"errgroup-wait":              {cancel},

	"chan-send":         {twice, loopVariable, room, selectDone, maker},
	"chan-send-full":    {twice, loopVariable, room, selectDone, maker},
	"afterfunc-blocked": {room, selectDone},
	"chan-range":        {maker, closeChannel, selectDone},
	"chan-recv":         {maker, closeChannel, selectDone},
	"select-single":     {maker, closeChannel, selectDone},
	"select-no-exit":    {maker, selectDone},

	"ticker-loop":     {maker, stopTicker},
	"ticker-select":   {maker, stopTicker},
	"time-after-loop": {maker, stopTicker},
	"sleep-loop":      {maker, stopTicker},

	"wg-wait":    {deferDone, maker},
	"mutex-lock": {unlock},
	"cond-wait":  {maker},
	"library":    {maker},
	"sleeping":   {maker},
	"busy-loop":  {maker},
}

// Mechanical returns what is tried for a cause, in words, the likeliest first; none
// where its mistakes have no mechanical fix.
func Mechanical(cause string) []string {
	var all []string
	for _, r := range rules[cause] {
		if !slices.Contains(all, r.what) {
			all = append(all, r.what)
		}
	}
	return all
}

// Candidates returns changes that may end a leak, the likeliest first, and why files
// that one may belong into are left alone.
func (s *Source) Candidates(l *Leak) (all []Candidate, refused []string) {
	f := &finder{Source: s, leak: l}
	todo := rules[l.Cause]
	if todo == nil {
		todo = []rule{maker}
	}
	for _, r := range todo {
		r.apply(f)
	}
	return f.found, f.refused
}

// finder looks for the candidates of one leak.
type finder struct {
	*Source
	leak    *Leak
	found   []Candidate
	refused []string
}

// add adds a candidate, unless its files must not be changed or it is there.
func (f *finder) add(what string, edits ...edit) {
	for _, e := range edits {
		if e.file == nil {
			return
		}
		if why := e.file.refusal(); why != "" {
			if !slices.Contains(f.refused, why) {
				f.refused = append(f.refused, why)
			}
			return
		}
	}
	c := Candidate{what, edits}
	if len(edits) > 0 && !slices.ContainsFunc(f.found, c.Same) {
		f.found = append(f.found, c)
	}
}

// own returns the index of the first call of the main module from i on, or -1.
func (f *finder) own(i int) int {
	for ; i < len(f.leak.Chain); i++ {
		if f.leak.Chain[i].Own {
			return i
		}
	}
	return -1
}

// name is the name of the function of a call without package, receiver and
// literals: "Next" of "example.com/m.(*Watcher).Next.func1".
func (c *Call) name() string { return stackparse.ParseFunc(c.Func).Name }

// receiver is the type of a method's receiver, "" for a function.
func (c *Call) receiver() string {
	return strings.TrimPrefix(stackparse.ParseFunc(c.Func).Receiver, "*")
}

// literals is how many function literals a function is in, itself included.
func (c *Call) literals() int {
	n := 0
	for part := range strings.SplitSeq(stackparse.ParseFunc(c.Func).Closure, ".") {
		// The compiler wraps calls, and a method value ends in -fm.
		if part != "" && part != "-fm" && !strings.Contains(part, "wrap") {
			n++
		}
	}
	return n
}

// walk calls visit for the nodes below n, except for those in function literals.
func walk(n ast.Node, visit func(ast.Node)) {
	ast.Inspect(n, func(m ast.Node) bool {
		if _, ok := m.(*ast.FuncLit); ok && m != n {
			return false
		}
		if m != nil {
			visit(m)
		}
		return true
	})
}
