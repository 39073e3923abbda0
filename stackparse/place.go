package stackparse

import (
	"bytes"

	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
)

// place is the second line of a call.
type place struct {
	file    string
	fileLen int // of file, which parsePlace leaves empty
	line    int
	offset  uint64
}

// readPlace reads the line that follows a function, without the tab that it
// starts with; nil if it is none. The place is valid until the next one is
// read. With it comes the "pc=0x…" of a C function; that of a Go function is
// dropped.
func (r *Reader) readPlace(line []byte) (p *place, pc string) {
	if len(line) == 0 {
		return nil, ""
	}
	if e := r.places.Get(line); e != nil {
		return &e.Value, ""
	}
	p = &r.newPlace
	text, pc, once := r.cutPC(line)
	if pc != "" && len(text) == 0 {
		*p = place{}
		return p, pc
	}
	ok := false
	if pc == "" {
		ok = parsePlace(p, text)
	} else {
		ok = parseFile(p, text)
	}
	if !ok {
		return nil, ""
	}
	p.file = r.intern(text[:p.fileLen])
	// A line that hardly comes again would push one out of the table that does.
	if !once && len(line) <= cache.MaxKey {
		r.places.Put(r.text.Store(line), *p)
	}
	return p, pc
}

// cutPC cuts the addresses from the end of a place, and keeps the address of a
// C function, which has only one. Once means that there were any: such a line
// is unlikely to come again.
func (r *Reader) cutPC(text []byte) (rest []byte, pc string, once bool) {
	rest, word, once := cutField(text, "pc=")
	if !once {
		return text, "", false
	}
	rest, stack := cutStack(rest)
	if !stack {
		pc, _ = r.args(word)
	}
	return rest, pc, true
}

// parsePlace reads text from its end, since a path may contain anything. It
// leaves the file to the caller.
func parsePlace(p *place, text []byte) bool {
	space := bytes.LastIndexByte(text, ' ')
	if word := text[space+1:]; len(word) > 0 && word[0] == '+' {
		if offset, ok := parseHex(word[1:]); ok {
			ok = parseFile(p, text[:max(space, 0)])
			p.offset = offset
			return ok
		}
	}
	return parseFile(p, text)
}

// parseFile reads a path and a line.
func parseFile(p *place, text []byte) bool {
	*p = place{}
	colon := bytes.LastIndexByte(text, ':')
	if colon < 0 {
		return false
	}
	line, ok := parseLine(text[colon+1:])
	p.fileLen, p.line = colon, line
	return ok
}

// cutStack cuts " fp=0x… sp=0x…", both or nothing.
func cutStack(text []byte) ([]byte, bool) {
	rest, _, ok := cutField(text, "sp=")
	if ok {
		rest, _, ok = cutField(rest, "fp=")
	}
	if !ok {
		return text, false
	}
	return rest, true
}

// cutField cuts a last word that is key and a hexadecimal number. The word may
// be all of text.
func cutField(text []byte, key string) (rest, field []byte, ok bool) {
	space := bytes.LastIndexByte(text, ' ')
	field = text[space+1:]
	number, ok := bytes.CutPrefix(field, []byte(key))
	if ok {
		_, ok = parseHex(number)
	}
	if !ok {
		return text, nil, false
	}
	return text[:max(space, 0)], field, true
}
