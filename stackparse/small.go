package stackparse

// smallDump is up to what size a dump is copied as a whole, and its strings
// are parts of the copy. A larger one has lines that come again, for which it
// pays to remember what was made of them. That is the dump of a test process,
// which is parsed once or twice by a Reader of its own: all the tables of a
// Reader would be made for it, and be thrown away half empty.
//
// A string of a small dump that is kept keeps all of it.
const smallDump = 16 << 10

// readSmallPair is readPairs for two lines of a small dump.
func (r *Reader) readSmallPair(rest []byte) bool {
	b := &r.body
	x, _ := cutPair(rest)
	var at place
	if x.head == 0 || b.lines+2 > maxBodyLines || !x.parse(&at) {
		return false
	}
	// The copy and the buffer are the same up to here, byte for byte.
	text := r.small[r.lines.pos:][:x.size]
	file := text[x.first+len("\n\t"):][:at.fileLen]
	if x.created {
		id, ok := parseInt(x.middle())
		if !ok {
			return false
		}
		c := &r.creator
		*c = Creator{Func: text[len(createdPrefix) : x.head-len(inGoroutine)], Goroutine: id, File: file, Line: at.line,
			Offset: at.offset}
		r.g.Creator, b.creator = c, c
	} else {
		f := Frame{Func: text[:x.head-1], File: file, Line: at.line, Offset: at.offset}
		if !r.SkipArgs {
			f.Args = text[x.head:x.end]
		}
		r.frames = append(r.frames, f)
	}
	b.mixed = true // nothing was hashed
	b.lines += 2
	b.bytes += x.size
	r.skip(x.size, 2)
	return true
}
