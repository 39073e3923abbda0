package stackparse

import "bytes"

// place is the second line of a call.
type place struct {
	file   string
	line   int
	offset uint64
	pc     string // "pc=0x…" of a C function; of Go functions it is dropped
}

// readPlace reads the line that follows a function, nil if it is none.
func (r *Reader) readPlace(line []byte) *place {
	if p, ok := r.places.get(line); ok {
		return p
	}
	p, once := r.parsePlace(line[1:])
	if p != nil && !once {
		r.places.put(string(line), p)
	}
	return p
}

// parsePlace reads text from its end, since a path may contain anything. Once
// means that it has an address in it and will hardly come again.
func (r *Reader) parsePlace(text []byte) (p *place, once bool) {
	p = new(place)
	if rest, pc, ok := cutField(text, "pc="); ok {
		once = true
		if rest, ok = cutStack(rest); !ok {
			p.pc = r.arguments.get(pc)
			if len(rest) == 0 {
				return p, once
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
		return nil, once
	}
	n, ok := parseLine(text[colon+1:])
	if !ok {
		return nil, once
	}
	p.file, p.line = r.intern(text[:colon]), n
	return p, once
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
