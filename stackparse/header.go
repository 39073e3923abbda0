package stackparse

import (
	"bytes"
	"math"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

const headerPrefix = "goroutine "

// status is what stands in the bracket of a header.
type status struct {
	state    string
	text     []byte // the state in the line
	wait     time.Duration
	bubble   int64
	root     int64
	pair     int32 // where the Reader remembers what follows such a header
	leaked   bool
	scan     bool
	durable  bool
	locked   bool
	hasWait  bool
	inBubble bool
}

// isHeader reports whether line starts a goroutine: "goroutine 7" and then
// something with a bracket in it or a colon at its end. This is wider than the
// format of today, and narrower than "goroutine 7 is late" in a log.
func isHeader(line []byte) bool {
	if len(line) <= len(headerPrefix) || string(line[:len(headerPrefix)]) != headerPrefix {
		return false
	}
	rest := line[len(headerPrefix):]
	n := unwrap.Digits(rest)
	if n == 0 || n == len(rest) {
		return false
	}
	rest = rest[n:]
	if rest[0] == ' ' {
		return rest[len(rest)-1] == ':' || bytes.IndexByte(rest, '[') >= 0
	}
	return string(rest) == ":"
}

// readHeader reads a line that isHeader accepts. What follows the id is mostly
// one of a few texts, which are looked up whole.
func (r *Reader) readHeader(line []byte) {
	if r.lines.cut > 0 {
		r.reportCut()
	}
	rest := line[len(headerPrefix):]
	n := unwrap.Digits(rest)
	id, ok := parseInt(rest[:n])
	r.g.ID = id
	if !ok {
		r.unknown(r.lines.n, rest[:n])
	}
	rest = rest[n:]
	if e := r.statuses.Get(rest); e != nil {
		r.setStatus(&e.Value)
		return
	}
	before := len(r.problems)
	s := &r.newStatus
	*s = status{}
	r.readStatus(rest, s)
	if len(r.problems) == before && len(r.labels) == 0 && r.g.Thread == nil && len(rest) <= cache.MaxKey && r.small == "" {
		// The state is part of the key, and what follows such a header is
		// looked for among what followed one like it.
		s.pair = r.newPair()
		key := r.text.Store(rest)
		s.state = key[len(" ["):][:len(s.text)]
		r.statuses.Put(key, *s)
	} else {
		s.state = r.intern(s.text)
	}
	r.setStatus(s)
}

// knownHeader reads the next line if it is a header as the runtime prints it that
// differs from one before in its id alone. In the text of most dumps each header
// but a few is one, and nothing is looked for that is put around lines.
func (r *Reader) knownHeader() bool {
	s := &r.source
	if r.small != "" || s.held || s.wrap.On || s.guard > 0 || len(s.inner) > 0 || s.whole || len(s.carry) > 0 ||
		r.above.n > 0 {
		return false
	}
	rest := s.lines.buf[s.lines.pos:s.lines.end]
	if len(rest) <= len(headerPrefix) || string(rest[:len(headerPrefix)]) != headerPrefix {
		return false
	}
	// A line that is not whole in the buffer is left to the slow way, which reads more.
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return false
	}
	line := trimCR(rest[:end])
	n := len(headerPrefix) + unwrap.Digits(line[len(headerPrefix):])
	e := r.statuses.Get(line[n:])
	if e == nil {
		return false
	}
	id, ok := parseInt(line[len(headerPrefix):n])
	if !ok {
		return false
	}
	r.skip(end+1, 1)
	s.raw, s.line, s.uncut, s.prefix, s.unclosed, s.cutEnd = line, line, line, 0, false, false
	r.g.Line, r.g.ID = s.lines.n, id
	r.setStatus(&e.Value)
	return true
}

// setStatus takes over what stands in the bracket, and where to start looking
// for the first pair of lines.
func (r *Reader) setStatus(s *status) {
	r.g.State = s.state
	r.g.Wait = s.wait
	r.g.Bubble = s.bubble
	r.g.BubbleRoot = s.root
	r.g.Leaked = s.leaked
	r.g.Scan = s.scan
	r.g.Durable = s.durable
	r.g.LockedToThread = s.locked
	r.body.pair = s.pair
}

// readStatus reads the header from behind the id to its end.
func (r *Reader) readStatus(text []byte, s *status) {
	open := bytes.Index(text, []byte(" ["))
	if open < 0 {
		r.unknown(r.lines.n, bytes.TrimSuffix(text, []byte(":")))
		return
	}
	if open > 0 {
		r.readThread(text[:open])
	}
	bracket := text[open+1:]
	stop := bytes.IndexByte(bracket, ']')
	rest := bracket[max(stop, 0):]
	const word = " labels:"
	if i := bytes.Index(bracket, []byte(word+"{")); i >= 0 && (stop < 0 || i < stop) {
		// Behind this word a "]" may be part of a label.
		stop, rest = i, bracket[i:]
		if n := r.readLabels(rest[len(word):]); n > 0 {
			rest = rest[len(word)+n:]
		}
	}
	end := bytes.IndexByte(rest, ']')
	if end < 0 {
		// Cut off. Half a state is worse than none.
		r.labels = r.labels[:0]
		r.unknown(r.lines.n, bracket)
		return
	}
	r.readState(bracket[1:stop], s)
	if end > 0 {
		r.unknown(r.lines.n, rest[:end])
	}
	r.readTail(rest[end+1:])
}

// readThread reads what the headers of crashes have between id and bracket:
// " gp=0xc0 m=nil" or " gp=0xc0 m=0 mp=0x10".
func (r *Reader) readThread(text []byte) {
	var t Thread
	word, rest, _ := bytes.Cut(text[1:], []byte(" "))
	ok := text[0] == ' ' && cutHex(word, "gp=", &t.G)
	// m=nil: no thread runs the goroutine, so there is no mp either.
	if string(rest) != "m=nil" {
		var m []byte
		m, rest, _ = bytes.Cut(rest, []byte(" "))
		number, isM := bytes.CutPrefix(m, []byte("m="))
		n, isNumber := parseInt(number)
		t.Running, t.M = true, n
		ok = ok && isM && isNumber && cutHex(rest, "mp=", &t.MAddr)
	}
	if !ok || t.G == 0 && !t.Running {
		r.unknown(r.lines.n, text)
		return
	}
	r.thread = t
	r.g.Thread = &r.thread
}

// cutHex reads a word that is key and a hexadecimal number.
func cutHex(word []byte, key string, n *uint64) bool {
	number, ok := bytes.CutPrefix(word, []byte(key))
	if ok {
		*n, ok = parseHex(number)
	}
	return ok
}

// readState reads the inside of the bracket except for labels. A state has no
// comma in it, but may end in parentheses of its own, "(nil chan)".
func (r *Reader) readState(text []byte, s *status) {
	state, mods, more := bytes.Cut(text, []byte(", "))
	for more {
		var mod []byte
		mod, mods, more = bytes.Cut(mods, []byte(", "))
		if !s.modify(mod) {
			r.unknown(r.lines.n, mod)
		}
	}
	s.text = s.cutFlags(state)
}

// cutFlags cuts the marks from the end of a state.
func (s *status) cutFlags(state []byte) []byte {
	flags := []struct {
		text string
		set  *bool
	}{
		{" (leaked)", &s.leaked},
		{" (scan)", &s.scan},
		{" (durable)", &s.durable},
		{" (synctest)", &s.durable}, // the same in Go 1.24
	}
	for i := 0; i < len(flags); i++ {
		if rest, ok := bytes.CutSuffix(state, []byte(flags[i].text)); ok {
			state, *flags[i].set = rest, true
			i = -1 // from the start: the order of marks is not relied on
		}
	}
	return state
}

// modify applies one of the words that follow the state, and reports whether
// it knows it. One that comes twice is not known: the first would be lost.
func (s *status) modify(mod []byte) bool {
	if string(mod) == "locked to thread" && !s.locked {
		s.locked = true
		return true
	}
	if text, ok := bytes.CutSuffix(mod, []byte(" minutes")); ok && !s.hasWait {
		n, ok := parseInt(text)
		if !ok || n > math.MaxInt64/int64(time.Minute) { // more than a Duration holds
			return false
		}
		s.wait, s.hasWait = time.Duration(n)*time.Minute, true
		return true
	}
	text, ok := bytes.CutPrefix(mod, []byte("synctest bubble "))
	group := false
	if !ok { // in Go 1.24
		text, group = bytes.CutPrefix(mod, []byte("synctest group "))
	}
	n, isInt := parseInt(text)
	if !ok && !group || !isInt || s.inBubble {
		return false
	}
	s.bubble, s.inBubble = n, true
	if group {
		s.root = n
	}
	return true
}

// readTail reads what follows the bracket: the labels of Go 1.27, a colon.
func (r *Reader) readTail(text []byte) {
	if bytes.HasPrefix(text, []byte(" {")) {
		if n := r.readLabels(text[1:]); n > 0 {
			text = text[1+n:]
		}
	}
	switch {
	case len(text) == 0 && r.wrap.Matched:
		// gleak's, which the look of its stack shows to be whole.
	case len(text) == 0:
		r.report(r.lines.n, "header of goroutine %d: no colon at its end", r.g.ID)
	case string(text) != ":":
		r.unknown(r.lines.n, bytes.TrimSuffix(text, []byte(":")))
	}
}
