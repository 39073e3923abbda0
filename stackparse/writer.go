package stackparse

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"
)

// Write prints goroutines in the form of Go 1.27, with "synctest group" of Go
// 1.24. [Parse] reads back every fact of what it has read before, but for
// [Goroutine.Line].
//
// Unparsed text comes after the frames, each piece on a line of its own that
// starts with a tab and "unparsed: ". Without this prefix, the reader could
// take it for a part of its new surroundings. A goroutine that was cut off
// says so on a line with a tab and "truncated".
//
// A value with a line break in it, which no dump has, is an error.
func Write(w io.Writer, gs []Goroutine) error {
	const flush = 32 << 10
	var buf []byte
	for i := range gs {
		if i > 0 {
			buf = append(buf, '\n')
		}
		p := printer{buf: buf}
		start := len(buf)
		p.goroutine(&gs[i])
		// Between goroutines there is an empty line anyway. At the end it says that nothing is
		// missing.
		if i == len(gs)-1 && looksCut(&gs[i]) {
			p.line("")
		}
		buf = p.buf
		// Counted in what was written, and not looked for in each value: one pass instead of
		// thirty.
		if bytes.Count(buf[start:], []byte("\n")) != p.lines {
			return fmt.Errorf("goroutine %d: line break in a value", gs[i].ID)
		}
		// Whole goroutines only, so that a Writer that fails has no half of one.
		if len(buf) >= flush || i == len(gs)-1 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}

// printer gathers text. It counts the lines it ends, to find out about values
// that bring their own.
type printer struct {
	buf   []byte
	lines int
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

func (p *printer) int(n int64) { p.buf = strconv.AppendInt(p.buf, n, 10) }

func (p *printer) hex(n uint64) { p.buf = strconv.AppendUint(append(p.buf, "0x"...), n, 16) }

// line ends a line with s, and counts it.
func (p *printer) line(s string) {
	p.buf = append(append(p.buf, s...), '\n')
	p.lines++
}

// looksCut reports whether an input that ended with g would seem to lack
// something, and so needs an empty line.
func looksCut(g *Goroutine) bool {
	// The reader takes a goroutine whose last line is not complete for one that was cut.
	last := g.Creator
	if n := len(g.Ancestors); n > 0 {
		last = g.Ancestors[n-1].Creator
	}
	return last == nil && len(g.Frames) == 0 || last != nil && *last == Creator{Func: last.Func, Goroutine: last.Goroutine}
}

// goroutine prints all of g, in the order in which the runtime does.
func (p *printer) goroutine(g *Goroutine) {
	p.thread(g.Thread)
	p.header(g)
	if g.Unavailable {
		p.line("\t" + unavailable)
	}
	for i, f := range g.Frames {
		if g.Elided > 0 && i == g.ElidedAt {
			p.elided(g.Elided)
		}
		p.frame(f)
	}
	if g.Elided > 0 && g.ElidedAt >= len(g.Frames) {
		p.elided(g.Elided)
	}
	// Where each piece stood is not known; here the reader finds them with the same
	// goroutine.
	for _, text := range g.Unparsed {
		p.str(unparsedPrefix)
		p.line(text)
	}
	if g.Truncated {
		p.line("\t" + truncated)
	}
	p.created(g.Creator)
	for _, a := range g.Ancestors {
		p.ancestor(a)
	}
}

// thread prints the runtime stack, which comes before the header.
func (p *printer) thread(t *Thread) {
	if t == nil || len(t.RuntimeStack) == 0 {
		return
	}
	p.line(runtimeStack)
	for _, f := range t.RuntimeStack {
		p.frame(f)
	}
	p.line("")
}

// header prints the first line of a goroutine.
func (p *printer) header(g *Goroutine) {
	p.str(headerPrefix)
	p.int(g.ID)
	// goroutineheader (runtime/traceback.go) prints these at GOTRACEBACK=system and
	// above, and of the goroutine that a fatal error stopped.
	if t := g.Thread; t != nil && (t.G != 0 || t.Running) {
		p.str(" gp=")
		p.hex(t.G)
		p.str(" m=")
		if t.Running {
			p.int(t.M)
			p.str(" mp=")
			p.hex(t.MAddr)
		} else {
			p.str("nil")
		}
	}
	p.str(" [")
	p.str(g.State)
	// In the runtime's order: a dump that is read and written is the same.
	for _, flag := range []struct {
		set  bool
		text string
	}{{g.Leaked, " (leaked)"}, {g.Scan, " (scan)"}, {g.Durable, " (durable)"}} {
		if flag.set {
			p.str(flag.text)
		}
	}
	if n := int64(g.Wait / time.Minute); n > 0 {
		p.str(", ")
		p.int(n)
		p.str(" minutes")
	}
	if g.LockedToThread {
		p.str(", locked to thread")
	}
	switch {
	case g.BubbleRoot > 0:
		p.str(", synctest group ")
		p.int(g.BubbleRoot)
	case g.Bubble > 0:
		p.str(", synctest bubble ")
		p.int(g.Bubble)
	}
	p.str("]")
	p.labels(g.Labels)
	p.line(":")
}

// labels prints labels as Go 1.27 does, after the bracket.
func (p *printer) labels(labels []Label) {
	if len(labels) == 0 {
		return
	}
	sep := " {"
	for _, l := range labels {
		p.str(sep)
		p.token(l.Key)
		p.str(": ")
		p.token(l.Value)
		sep = ", "
	}
	p.str("}")
}

// token prints a key or value of a label, in quotes only where it must be.
func (p *printer) token(s string) {
	for i := range len(s) {
		if !isBare(s[i]) {
			p.buf = appendQuoted(p.buf, s)
			return
		}
	}
	p.str(s)
}

// appendQuoted appends s as the runtime quotes it, which is almost, but not
// quite, strconv.QuoteToASCII: it knows no \a and writes DEL as a rune.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		c := s[i]
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			b = appendEscape(b, 'x', uint32(c), 2)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ':
			b = appendEscape(b, 'x', uint32(c), 2)
		case r < 0x7f:
			b = append(b, c)
		case r <= 0xffff:
			b = appendEscape(b, 'u', uint32(r), 4)
		default:
			b = appendEscape(b, 'U', uint32(r), 8)
		}
	}
	return append(b, '"')
}

func appendEscape(b []byte, kind byte, n uint32, width int) []byte {
	b = append(b, '\\', kind)
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[n>>shift&15])
	}
	return b
}

// frame prints a call in two lines. That of a C function has no parentheses,
// and its address in place of the arguments.
func (p *printer) frame(f Frame) {
	p.str(f.Func)
	if isForeignArgs(f.Args) {
		p.line("")
		p.str("\t")
		if f.File != "" || f.Line != 0 {
			p.place(f.File, f.Line, 0)
			p.str(" ")
		}
		p.line(f.Args)
		return
	}
	p.str("(")
	p.str(f.Args)
	p.line(")")
	p.str("\t")
	p.place(f.File, f.Line, f.Offset)
	p.line("")
}

// place prints the second line of a call from behind the tab.
func (p *printer) place(file string, line int, offset uint64) {
	p.str(file)
	p.str(":")
	p.int(int64(line))
	if offset > 0 {
		p.str(" +")
		p.hex(offset)
	}
}

// elided prints the line for calls that were left out.
func (p *printer) elided(n int) {
	p.str("...")
	p.int(int64(n))
	p.line(elidedSuffix)
}

// created prints the go statement. Its place is missing where the dump was
// cut off before it.
func (p *printer) created(c *Creator) {
	if c == nil {
		return
	}
	p.str(createdPrefix)
	p.str(c.Func)
	if c.Goroutine > 0 {
		p.str(inGoroutine)
		p.int(c.Goroutine)
	}
	p.line("")
	if c.File != "" || c.Line != 0 || c.Offset != 0 {
		p.str("\t")
		p.place(c.File, c.Line, c.Offset)
		p.line("")
	}
}

// ancestor prints the stack of a goroutine further up the chain of creators.
func (p *printer) ancestor(a Ancestor) {
	p.str(ancestorPrefix)
	p.int(a.ID)
	p.line(ancestorSuffix)
	for _, f := range a.Frames {
		p.frame(f)
	}
	if a.Elided {
		p.line(ancestorElided)
	}
	p.created(a.Creator)
}
