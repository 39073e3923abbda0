package stackparse

import "bytes"

// place is the second line of a call.
type place struct {
	file   string
	line   int
	offset uint64
	pc     string // "pc=0x…" of a C function; of Go functions it is dropped
	once   bool   // had an address, so will hardly come again
}

// readPlace reads the line that follows a function, nil if it is none. The
// place is valid until the next one is read.
func (r *Reader) readPlace(line []byte) *place {
	if e := r.places.get(line); e != nil {
		return &e.value
	}
	p, ok := r.parsePlace(line[1:])
	if !ok {
		return nil
	}
	if !p.once && len(line) <= maxKey {
		r.places.put(r.text.store(line), p)
	}
	r.newPlace = p
	return &r.newPlace
}

// parsePlace reads text from its end, since a path may contain anything.
func (r *Reader) parsePlace(text []byte) (p place, ok bool) {
	if rest, pc, ok := cutField(text, "pc="); ok {
		p.once = true
		if rest, ok = cutStack(rest); !ok {
			p.pc = r.args(pc)
			if len(rest) == 0 {
				return p, true
			}
		}
		text = rest
	}
	if p.pc == "" {
		if rest, offset, ok := cutField(text, "+"); ok {
			p.offset, _ = parseHex(offset[1:]) // cutField has looked at it
			text = rest
		}
	}
	colon := bytes.LastIndexByte(text, ':')
	if colon < 0 {
		return p, false
	}
	if p.line, ok = parseLine(text[colon+1:]); !ok {
		return p, false
	}
	p.file = r.intern(text[:colon])
	return p, true
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
