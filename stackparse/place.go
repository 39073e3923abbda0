package stackparse

import "bytes"

// place is the second line of a call.
type place struct {
	file   string
	line   int
	offset uint64
}

// readPlace reads the line that follows a function, nil if it is none. The
// place is valid until the next one is read. With it comes the "pc=0x…" of a C
// function; that of a Go function is dropped.
func (r *Reader) readPlace(line []byte) (p *place, pc string) {
	if e := r.places.get(line); e != nil {
		return &e.value, ""
	}
	p = &r.newPlace
	text, pc, once := r.cutPC(line[1:])
	if pc != "" && len(text) == 0 {
		*p = place{}
		return p, pc
	}
	if !r.parsePlace(p, text, pc == "") {
		return nil, ""
	}
	if !once && len(line) <= maxKey {
		r.places.put(r.text.store(line), *p)
	}
	return p, pc
}

// cutPC cuts the addresses from the end of a place, and keeps that of a C
// function, which has no more than one. Once means that there were any: such a
// line will hardly come again.
func (r *Reader) cutPC(text []byte) (rest []byte, pc string, once bool) {
	rest, word, once := cutField(text, "pc=")
	if !once {
		return text, "", false
	}
	rest, stack := cutStack(rest)
	if !stack {
		pc = r.args(word)
	}
	return rest, pc, true
}

// parsePlace reads text from its end, since a path may contain anything.
func (r *Reader) parsePlace(p *place, text []byte, mayHaveOffset bool) bool {
	*p = place{}
	if mayHaveOffset {
		if rest, offset, ok := cutField(text, "+"); ok {
			p.offset, _ = parseHex(offset[1:]) // cutField has looked at it
			text = rest
		}
	}
	colon := bytes.LastIndexByte(text, ':')
	if colon < 0 {
		return false
	}
	line, ok := parseLine(text[colon+1:])
	if !ok {
		return false
	}
	p.file, p.line = r.intern(text[:colon]), line
	return true
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
