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
	runtimeStack   = "runtime stack:"
	panicPrefix    = "panic: "
	unavailable    = "goroutine running on other thread; stack unavailable"
	foreignCall    = "non-Go function" // C code without a name

	// Our own: see Write.
	unparsedPrefix = "\tunparsed: "
	truncated      = "truncated"
)

// half says what the last line was, if it needs the line after it.
type half uint8

const (
	none     half = iota
	call          // function and arguments
	created       // created by
	bareText      // no parentheses: a C function if a pc follows, else text from elsewhere
)

// bodyState is where in the body of a goroutine the Reader is.
type bodyState struct {
	half  half
	text  []byte // the line that half is about, in reused memory
	uncut []byte // the same with its prefix
	at    int    // its number

	fn, args string // what was made of it, for call

	ancestor bool     // frames belong to the last ancestor
	system   bool     // frames belong to the runtime stack
	creator  *Creator // of the goroutine or ancestor; nothing may follow it
	foreign  bool     // the last line was text from elsewhere
	broken   bool     // the last line is of the runtime but could not be read

	cutHalf bool // the input ends before the second half of what half is about
	eof     bool // the input ends here

	lines, bytes, skipped int

	pair        int32  // the last pair of lines
	hash        uint64 // of all pairs
	creatorHash uint64
	mixed       bool // hash is not of all frames
}

func (b *bodyState) reset() { *b = bodyState{text: b.text[:0], uncut: b.uncut[:0]} }

// readBody reads the lines of a goroutine up to an empty one, the next header
// or the end.
func (r *Reader) readBody() {
	// readPairs takes what is ordinary and stops before any line that is not, which the
	// slower path looks at from its start.
	for !r.readPairs() && r.nextBodyLine() {
		r.readBodyLine(r.line)
	}
	r.abandon()
	if r.body.skipped > 0 {
		r.report(r.lines.n, "goroutine %d: longer than %d lines or %d bytes, %d lines skipped",
			r.g.ID, maxBodyLines, maxBodyBytes, r.body.skipped)
	}
	r.reportPassed()
	if r.body.eof {
		r.checkEnd()
	}
}

// readRuntimeStack reads the frames that follow "runtime stack:".
func (r *Reader) readRuntimeStack() {
	r.body.system = true
	for r.nextBodyLine() {
		r.readBodyLine(r.line)
	}
	r.abandon()
	r.body.reset()
}

// nextBodyLine advances to the next line of the same goroutine.
func (r *Reader) nextBodyLine() bool {
	for r.advance() {
		if len(r.line) == 0 {
			if r.cutEnd {
				r.endBody()
			} else if r.skipBlanks() {
				continue
			}
			return false
		}
		if r.endsBody() {
			return false
		}
		r.body.lines++
		r.body.bytes += len(r.line) + 1
		if r.body.lines > maxBodyLines || r.body.bytes > maxBodyBytes {
			// The stack is cut, but read to its end: the goroutines behind it are still wanted.
			r.body.skipped++
			continue
		}
		if r.lines.cut > 0 {
			r.reportCut()
		}
		return true
	}
	r.endBody()
	return false
}

// endBody notes that the input ends in the goroutine.
func (r *Reader) endBody() {
	b := &r.body
	b.eof = true
	// A call whose place is missing was cut for certain. A line without
	// parentheses may be the start of a call or a last word of something else.
	b.cutHalf = b.half == call || b.half == created || b.half == bareText && r.cutHere() && isCutLine(b.text)
	if b.cutHalf && b.half == bareText {
		b.half = call // to be kept with the goroutine
	}
}

// endsBody reports whether the line starts something new.
func (r *Reader) endsBody() bool {
	if r.line[0] == '\t' {
		return false // no need to look further: nothing starts with a place
	}
	if r.atHeader() || string(r.line) == runtimeStack {
		r.held = true
		return true
	}
	return r.findQuoted()
}

// readBodyLine takes in one line. A call and its place are two lines, so the
// first is remembered until the second shows whether it is one.
func (r *Reader) readBodyLine(line []byte) {
	if r.around != nil && isEscaped(line) {
		line = r.around.unescape(r, line)
	}
	if first := line[0]; first == '\t' || first == ' ' {
		if r.body.lines > 1 || r.wrap.Matched {
			r.readIndented(line)
			return
		}
		// The line after the header may show that all lines are indented.
		if line = r.wrap.LearnIndent(line, isCall); line[0] == first {
			r.readIndented(line)
			return
		}
	}
	r.body.broken = false
	switch {
	case line[0] == 'c' && r.readCreated(line), line[0] == '[' && r.readAncestor(line),
		line[0] == '.' && r.readElided(line):
		r.body.foreign = false
	case bytes.HasPrefix(line, []byte(createdPrefix)), bytes.HasPrefix(line, []byte("...")):
		r.abandon()
		r.unknown(r.lines.n, line) // of the runtime, but once too often or cut
		r.body.broken = true
	default:
		r.readCall(line)
	}
}

// readIndented reads a line that starts with white space. Only a tab is from
// the runtime, but terminals make spaces of it.
func (r *Reader) readIndented(line []byte) {
	b := &r.body
	text := line[1:]
	// Terminals expand the tab, to four or eight columns.
	if line[0] == ' ' {
		text = bytes.TrimLeft(line, " \t")
	}
	if b.half != none && r.complete(text) {
		b.half = none
		return
	}
	if text := cutTail(text); b.half != none && text != nil && r.complete(text) {
		b.half = none
		r.assume(assumedTails)
		return
	}
	if r.readOneLine(text) {
		return
	}
	switch {
	case b.half == call && b.creator == nil && !r.cutHere():
		// Garbled or cut by a logger. The function is worth having without it.
		r.addFrame(Frame{Func: b.fn, Args: b.args})
		b.half, b.broken = none, true
		r.unknown(r.lines.n, line)
	case b.half == bareText || b.foreign || b.half == none && bytes.HasPrefix(text, []byte(panicPrefix)):
		// The second line of a message.
		r.abandon()
		r.pass(r.lines.n, r.uncut)
		b.foreign = true
	case b.half == none && string(text) == unavailable:
		r.g.Unavailable = true
	case b.half == none && string(text) == truncated:
		r.g.Truncated = true
	default:
		b.broken = true
		r.abandon()
		r.unknown(r.lines.n, bytes.TrimPrefix(line, []byte(unparsedPrefix)))
	}
}

// readCall reads the first line of a frame, or what is none.
func (r *Reader) readCall(line []byte) {
	b := &r.body
	if pc, ok := bytes.CutPrefix(line, []byte(foreignCall+" at ")); ok && isForeignArgs(pc) && b.creator == nil {
		r.abandon()
		args, _ := r.args(pc)
		r.addFrame(Frame{Func: foreignCall, Args: args})
		return
	}
	// A line that is no call may stand between a call and its place, where two
	// goroutines write to one log. A second call may not: the runtime prints a
	// stack at once.
	fn, args, ok := cutCall(line)
	if !ok && (b.half == call || b.half == created) {
		// Or it is the place itself, which is known by its look where a
		// collector took the tab.
		if place := cutTab(line); looksLikePlace(place) && r.complete(place) {
			b.half = none
			r.assume(assumedPlaces)
			return
		}
		r.pass(r.lines.n, r.uncut)
		return
	}
	if !ok && r.readCallAndPlace(line) {
		return
	}
	r.abandon()
	b.text = append(b.text[:0], line...)
	b.uncut = append(b.uncut[:0], r.uncut...)
	b.at = r.lines.n
	b.half = bareText
	if ok {
		b.half = call
		b.fn = r.intern(fn)
		b.args = ""
		if !r.SkipArgs {
			b.args, _ = r.args(args)
		}
	}
}

// cutCall cuts a line into a function and what is between the parentheses. The
// last "(" is the right one: names may have parentheses, arguments never do.
// Names have no spaces, which lines of a log mostly have.
func cutCall(line []byte) (fn, args []byte, ok bool) {
	if len(line) == 0 || line[len(line)-1] != ')' {
		return nil, nil, false
	}
	open := bytes.LastIndexByte(line, '(')
	if open <= 0 || bytes.IndexByte(line[:open], ' ') >= 0 || bytes.IndexByte(line[:open], '\t') >= 0 {
		return nil, nil, false
	}
	args = line[open+1 : len(line)-1]
	return line[:open], args, !isForeignArgs(args)
}

// isCall reports whether line is the first line of a frame.
func isCall(line []byte) bool {
	_, _, ok := cutCall(line)
	return ok
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
func (r *Reader) readCreated(line []byte) bool {
	fn, ok := bytes.CutPrefix(line, []byte(createdPrefix))
	fn, at := cutPlace(fn)
	var id int64
	if i := bytes.LastIndexByte(fn, ' ') + 1; bytes.HasSuffix(fn[:i], []byte(inGoroutine)) {
		if n, ok := parseInt(fn[i:]); ok {
			fn, id = fn[:i-len(inGoroutine)], n
		}
	}
	if !ok || len(fn) == 0 || r.body.creator != nil || r.body.system {
		return false
	}
	r.abandon()
	c := &r.creator
	// The memory that is used again is for one creator, and each ancestor has its own.
	if r.body.ancestor {
		c = new(Creator)
		r.ancestors[len(r.ancestors)-1].Creator = c
	} else {
		r.g.Creator = c
	}
	*c = Creator{Func: r.intern(fn), Goroutine: id}
	r.body.creator = c
	r.body.creatorHash = 0
	r.body.half = created
	r.body.text = append(r.body.text[:0], line...)
	r.body.at = r.lines.n
	if at != nil && r.complete(at) {
		r.body.half = none
	}
	return true
}

// readAncestor reads "[originating from goroutine 7]:".
func (r *Reader) readAncestor(line []byte) bool {
	text, ok := bytes.CutPrefix(line, []byte(ancestorPrefix))
	if !ok {
		return false
	}
	text, ok = bytes.CutSuffix(text, []byte(ancestorSuffix))
	if !ok || r.body.system {
		return false
	}
	r.abandon()
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
	if r.body.creator != nil || r.body.system {
		return false
	}
	if r.body.ancestor {
		a := &r.ancestors[len(r.ancestors)-1]
		if a.Elided || string(line) != ancestorElided {
			return false
		}
		r.abandon()
		a.Elided = true
		return true
	}
	text, dots := bytes.CutPrefix(line, []byte("..."))
	text, suffix := bytes.CutSuffix(text, []byte(elidedSuffix))
	n, ok := parseLine(text)
	// The runtime prints one such line a stack, and none for no frames.
	if !dots || !suffix || !ok || n == 0 || r.g.Elided > 0 {
		return false
	}
	r.abandon()
	r.g.Elided, r.g.ElidedAt = n, len(r.frames)
	return true
}

// complete takes the text of an indented line as the second half of what was
// expected, and reports whether it is that.
func (r *Reader) complete(text []byte) bool {
	p, pc := r.readPlace(text)
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

// abandon gives up waiting for a second half. A line that had looked like a call is
// kept with the goroutine: the runtime may have been cut short. Any other line is
// text from elsewhere.
func (r *Reader) abandon() {
	b := &r.body
	b.foreign = false
	switch b.half {
	case none:
		return
	case created:
		r.report(b.at, "goroutine %d: no file and line after %s", r.g.ID, excerpt(b.text))
	case call:
		r.unknown(b.at, b.text)
	case bareText:
		// With its prefix: outside of a goroutine the line belongs to the log, which is shown
		// as it is.
		r.pass(b.at, b.uncut)
		b.foreign = true
	}
	b.half = none
}

// addFrame adds a frame to the stack that is being read: of the goroutine, of
// an ancestor, or of the system stack of a thread.
func (r *Reader) addFrame(f Frame) {
	r.body.mixed = true
	switch {
	case r.body.system:
		r.system = append(r.system, f)
	case r.body.ancestor:
		a := &r.ancestors[len(r.ancestors)-1]
		a.Frames = append(a.Frames, f)
	default:
		r.frames = append(r.frames, f)
	}
}
