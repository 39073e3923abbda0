package stackparse

import "bytes"

const (
	maxBodyLines = 10_000
	maxBodyBytes = 8 << 20

	createdPrefix  = "created by "
	inGoroutine    = " in goroutine "
	ancestorPrefix = "[originating from goroutine "
	ancestorSuffix = "]:"
	elidedSuffix   = " frames elided..."
	ancestorElided = "...additional frames elided..."
	foreignCall    = "non-Go function" // C code without a name
	unparsedPrefix = "\tunparsed: "    // our own: see Write
)

// half says what the last line was, if it needs the line after it.
type half uint8

const (
	none     half = iota
	call          // function and arguments
	created       // created by
	bareText      // no parentheses: a C function if a pc follows, else unknown
)

// bodyState is where in the body of a goroutine the Reader is.
type bodyState struct {
	half half
	text []byte // the line that half is about, in reused memory
	at   int    // its number

	fn, args string // what was made of it, for call

	ancestor bool     // frames belong to the last ancestor
	creator  *Creator // of the goroutine or ancestor; nothing may follow it

	lines, bytes, skipped int
}

func (b *bodyState) reset() { *b = bodyState{text: b.text[:0]} }

// readBody reads the lines of a goroutine up to an empty one, the next header
// or the end.
func (r *Reader) readBody() {
	for r.nextBodyLine() {
		r.readBodyLine(r.line)
	}
	r.abandon()
	if r.body.skipped > 0 {
		r.report(r.lines.n, "goroutine %d: longer than %d lines or %d bytes, %d lines skipped",
			r.g.ID, maxBodyLines, maxBodyBytes, r.body.skipped)
	}
}

// nextBodyLine advances to the next line of the same goroutine.
func (r *Reader) nextBodyLine() bool {
	for r.advance() {
		line := r.line
		if len(line) == 0 {
			return false
		}
		if line[0] == 'g' && isHeader(line) {
			r.held = true
			return false
		}
		r.body.lines++
		r.body.bytes += len(line)
		if r.body.lines > maxBodyLines || r.body.bytes > maxBodyBytes {
			r.body.skipped++
			continue
		}
		if r.lines.cut > 0 {
			r.report(r.lines.n, "line cut at %d bytes, %d more skipped", maxLine, r.lines.cut)
		}
		return true
	}
	return false
}

// readBodyLine takes in one line. A call and its place are two lines, so the
// first is remembered until the second shows whether it is one.
func (r *Reader) readBodyLine(line []byte) {
	if r.body.half != none {
		if line[0] == '\t' && r.complete(line) {
			r.body.half = none
			return
		}
		r.abandon()
	}
	switch line[0] {
	case '\t':
		r.unknown(r.lines.n, bytes.TrimPrefix(line, []byte(unparsedPrefix)))
		return
	case 'c':
		if bytes.HasPrefix(line, []byte(createdPrefix)) {
			r.readCreated(line)
			return
		}
	case '[':
		if r.readAncestor(line) {
			return
		}
	case '.':
		if r.readElided(line) {
			return
		}
	}
	r.readCall(line)
}

// readCall reads the first line of a frame. The last "(" is the right one:
// names may have parentheses, arguments never do.
func (r *Reader) readCall(line []byte) {
	if line[len(line)-1] == ')' {
		open := bytes.LastIndexByte(line, '(')
		if open > 0 {
			args := line[open+1 : len(line)-1]
			if !isForeignArgs(args) {
				r.expect(call, line)
				r.body.fn = r.intern(line[:open])
				r.body.args = r.args(args)
				return
			}
		}
	}
	if pc, ok := bytes.CutPrefix(line, []byte(foreignCall+" at ")); ok && isForeignArgs(pc) && r.body.creator == nil {
		r.addFrame(Frame{Func: foreignCall, Args: r.args(pc)})
		return
	}
	r.expect(bareText, line)
}

// isForeignArgs reports whether args is "pc=0x…", which [Frame.Args] holds for
// a C function.
func isForeignArgs[T string | []byte](args T) bool {
	if len(args) < len("pc=") || string(args[:len("pc=")]) != "pc=" {
		return false
	}
	_, ok := parseHex([]byte(args[len("pc="):]))
	return ok
}

// readCreated reads "created by F in goroutine 7".
func (r *Reader) readCreated(line []byte) {
	fn := line[len(createdPrefix):]
	var id int64
	if i := bytes.LastIndexByte(fn, ' ') + 1; bytes.HasSuffix(fn[:i], []byte(inGoroutine)) {
		if n, ok := parseInt(fn[i:]); ok {
			fn, id = fn[:i-len(inGoroutine)], n
		}
	}
	if len(fn) == 0 || r.body.creator != nil {
		r.unknown(r.lines.n, line)
		return
	}
	c := &r.creator
	if r.body.ancestor {
		c = new(Creator)
		r.ancestors[len(r.ancestors)-1].Creator = c
	} else {
		r.g.Creator = c
	}
	*c = Creator{Func: r.intern(fn), Goroutine: id}
	r.body.creator = c
	r.expect(created, line)
}

// readAncestor reads "[originating from goroutine 7]:".
func (r *Reader) readAncestor(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte(ancestorPrefix))
	if !ok {
		return false
	}
	text, ok = bytes.CutSuffix(text, []byte(ancestorSuffix))
	if !ok {
		return false
	}
	id, ok := parseInt(text)
	if !ok {
		// Still an ancestor: its frames must not become those of another.
		r.unknown(r.lines.n, line)
	}
	n := len(r.ancestors)
	if n < cap(r.ancestors) {
		r.ancestors = r.ancestors[:n+1] // with the memory of its frames
	} else {
		r.ancestors = append(r.ancestors, Ancestor{})
	}
	a := &r.ancestors[n]
	*a = Ancestor{ID: id, Frames: a.Frames[:0]}
	r.body.ancestor, r.body.creator = true, nil
	return true
}

// readElided reads the line that stands for frames left out.
func (r *Reader) readElided(line []byte) bool {
	if r.body.creator != nil {
		return false
	}
	if r.body.ancestor {
		a := &r.ancestors[len(r.ancestors)-1]
		if a.Elided || string(line) != ancestorElided {
			return false
		}
		a.Elided = true
		return true
	}
	text, dots := bytes.CutPrefix(line, []byte("..."))
	text, suffix := bytes.CutSuffix(text, []byte(elidedSuffix))
	n, ok := parseLine(text)
	if !dots || !suffix || !ok || n == 0 || r.g.Elided > 0 {
		return false
	}
	r.g.Elided, r.g.ElidedAt = n, len(r.frames)
	return true
}

// expect remembers a line that needs the next one.
func (r *Reader) expect(h half, line []byte) {
	r.body.half = h
	r.body.text = append(r.body.text[:0], line...)
	r.body.at = r.lines.n
}

// complete takes line as the second half of what was expected, and reports
// whether it is that.
func (r *Reader) complete(line []byte) bool {
	p, pc := r.readPlace(line)
	if p == nil {
		return false
	}
	b := &r.body
	switch {
	case b.half == created:
		if p.file == "" && pc != "" {
			return false
		}
		b.creator.File, b.creator.Line, b.creator.Offset = p.file, p.line, p.offset
	case b.creator != nil:
		return false // a call after "created by" belongs to nobody
	case pc != "":
		r.addFrame(Frame{Func: r.intern(b.text), Args: pc, File: p.file, Line: p.line})
	case b.half == call:
		r.addFrame(Frame{Func: b.fn, Args: b.args, File: p.file, Line: p.line, Offset: p.offset})
	default:
		return false
	}
	return true
}

// abandon gives up waiting for a second half.
func (r *Reader) abandon() {
	switch r.body.half {
	case none:
		return
	case created:
		r.report(r.body.at, "goroutine %d: no place after %s", r.g.ID, excerpt(r.body.text))
	default:
		r.unknown(r.body.at, r.body.text)
	}
	r.body.half = none
}

func (r *Reader) addFrame(f Frame) {
	if r.body.ancestor {
		a := &r.ancestors[len(r.ancestors)-1]
		a.Frames = append(a.Frames, f)
		return
	}
	r.frames = append(r.frames, f)
}
