package pprofile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/internal/cache"
)

const (
	// maxLine is where lines are cut, in bytes. The runtime writes 128
	// addresses at most into one, but labels have no bound.
	maxLine = 1 << 20

	// maxFrames is where stacks are cut.
	maxFrames = 10_000
)

// The parts of the format, as printCountProfile and printStackRecord of
// runtime/pprof/pprof.go print them:
//
//	profile = name " profile: total " int NL { record } .
//	record  = int " @" { " " hex } NL [ labels ] { frame } NL .
//	labels  = "# labels: {" string ":" string { ", " string ":" string } "}" NL .    Go string literals
//	frame   = "#" TAB hex [ TAB function "+" hex TAB { TAB } file ":" line ] NL .    without the rest if it has no symbol
const (
	totalMark  = " profile: total "
	labelsMark = "# labels: "
	recordMark = " @"
)

// counts reads debug=1.
type counts struct {
	file    string // name of the input
	profile string
	total   int64 // as said in the first line
	sum     int64 // as found

	in   *bufio.Reader
	n    int // number of the line last read
	line []byte
	held bool // line has not been used
	err  error

	text     cache.Text
	names    cache.Names
	g        stackparse.Goroutine
	frames   []stackparse.Frame
	labels   []stackparse.Label
	calls    bool // the first line of the record has addresses
	unparsed []string
	problems []error

	after *dump // reads what follows the profile
}

// newCounts reads up to the first line of the profile, which names it.
func newCounts(in *bufio.Reader, name string) (src source, profile string, err error) {
	c := &counts{file: name, in: in}
	for c.advance() {
		i := findCounts(c.line)
		if i < 0 {
			continue
		}
		c.profile = string(c.line[:i])
		if !isGoroutineProfile(c.profile) {
			return nil, "", noGoroutines(strconv.Quote(c.profile))
		}
		c.total, _ = strconv.ParseInt(string(c.line[i+len(totalMark):]), 10, 64)
		return c, c.profile, nil
	}
	if c.err != nil {
		return nil, "", c.err
	}
	return nil, "", errNoGoroutine
}

// findCounts returns the length of the name in the first line of text that
// starts a profile, counted from the start of text, or -1.
func findCounts(text []byte) int {
	for start := 0; start < len(text); {
		line, _, _ := bytes.Cut(text[start:], []byte("\n"))
		name, _, ok := bytes.Cut(line, []byte(totalMark))
		switch {
		case ok && isName(name):
			return start + len(name)
		case bytes.Contains(line, []byte("goroutine ")):
			return -1 // other goroutines come first
		}
		start += len(line) + 1
	}
	return -1
}

// isName reports whether name may be one of a profile, and has no prefix of a log.
func isName(name []byte) bool {
	for _, c := range name {
		if (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c) && c != '_' && c != '.' && c != '/' {
			return false
		}
	}
	return len(name) > 0
}

func isGoroutineProfile(name string) bool {
	return name == "goroutine" || name == leakProfile
}

// leakProfile is the profile of the goroutines that the runtime has proven
// leaked.
const leakProfile = "goroutineleak"

func (c *counts) next(rec *Record) (bool, []error, error) {
	if c.after != nil {
		return c.after.next(rec)
	}
	c.problems = nil
	for c.advance() {
		if len(c.line) == 0 {
			continue
		}
		count, ok := parseRecordLine(c.line)
		if !ok {
			return c.leave(rec)
		}
		c.sum += count
		c.calls = bytes.Contains(c.line, []byte(" 0x"))
		c.readRecord()
		if c.profile == leakProfile && isPhantom(c.frames) {
			continue
		}
		*rec = Record{count, &c.g}
		return true, c.problems, nil
	}
	if c.err == nil && c.sum != c.total {
		c.report("%d goroutines found of %d: the profile is incomplete", c.sum, c.total)
	}
	return false, c.problems, c.err
}

// leave goes on with the line last read as with any text: a dump may follow the
// profile, or a log.
func (c *counts) leave(rec *Record) (bool, []error, error) {
	line := append(bytes.Clone(c.line), '\n')
	d := newDump(io.MultiReader(bytes.NewReader(line), c.in), c.file)
	// The line that ended the profile is the first that d reads.
	d.base = c.n - 1
	d.counts.profile, d.counts.total, d.counts.sum, d.counts.totals = c.profile, c.total, c.sum, true
	c.after = d
	ok, problems, err := d.next(rec)
	return ok, append(c.problems, problems...), err
}

// isPhantom tells whether this is the record that Go 1.27 adds to a leak
// profile for a main goroutine in an empty select: without calls, or with one
// at address 0.
func isPhantom(frames []stackparse.Frame) bool {
	return len(frames) == 0 || len(frames) == 1 && frames[0].Func == foreign && frames[0].Args == "pc=0x0"
}

// parseRecordLine returns the count of the first line of a record.
func parseRecordLine(line []byte) (int64, bool) {
	number, rest, ok := bytes.Cut(line, []byte(recordMark))
	if !ok || len(rest) > 0 && rest[0] != ' ' {
		return 0, false
	}
	return parseCount(number)
}

func parseCount(number []byte) (int64, bool) {
	count, err := strconv.ParseInt(string(number), 10, 64)
	return count, err == nil
}

// readRecord reads what follows the first line of a record.
func (c *counts) readRecord() {
	c.frames, c.labels = c.frames[:0], c.labels[:0]
	c.g = stackparse.Goroutine{Line: c.n, Leaked: c.profile == leakProfile}
	for c.advance() && len(c.line) > 0 {
		if _, ok := parseRecordLine(c.line); ok {
			c.held = true
			break
		}
		c.addLine(c.line)
	}
	c.finishRecord()
}

// addLine takes a line of a record behind the first one.
func (c *counts) addLine(line []byte) {
	if text, ok := bytes.CutPrefix(line, []byte(labelsMark)); ok {
		c.readLabels(text)
		return
	}
	f, ok := c.parseFrame(line)
	switch {
	case !ok:
		c.unread(line)
	case len(c.frames) == maxFrames:
		c.report("stack cut at %d frames", maxFrames)
		c.frames = append(c.frames, f)
	case len(c.frames) < maxFrames:
		c.frames = append(c.frames, f)
	}
}

// finishRecord makes a goroutine of what was gathered.
func (c *counts) finishRecord() {
	c.frames = trim(c.frames)
	if len(c.frames) > 0 {
		c.g.Frames = c.frames
	} else if len(c.unparsed) == 0 && c.calls {
		c.unparsed = append(c.unparsed, "no calls") // but addresses of some
	}
	if len(c.labels) > 0 {
		c.g.Labels = c.labels
	}
	// What was not read matters where nothing was: the goroutine must not look
	// like one of the runtime's own, which have no calls here.
	if len(c.frames) == 0 && len(c.unparsed) > 0 {
		c.g.Unparsed = slices.Clone(c.unparsed)
	}
	c.unparsed = c.unparsed[:0]
}

// unread keeps a line that should be a call and is none.
func (c *counts) unread(line []byte) {
	const most = 20
	if len(c.unparsed) < most {
		c.unparsed = append(c.unparsed, string(line))
	}
	c.report("not a frame: %s", excerpt(line))
}

// parseFrame reads the line of a call. Its columns are padded with tabs.
func (c *counts) parseFrame(line []byte) (stackparse.Frame, bool) {
	rest, ok := bytes.CutPrefix(line, []byte("#"))
	if !ok {
		return stackparse.Frame{}, false
	}
	// Columns are padded with tabs, of which terminals and editors make spaces.
	pc, rest, named := cutColumn(bytes.TrimLeft(rest, " \t"))
	if _, ok := parseHex(pc); !ok {
		return stackparse.Frame{}, false
	}
	if !named {
		return stackparse.Frame{Func: foreign, Args: "pc=" + string(pc)}, true
	}
	fn, place, ok := cutColumn(rest)
	// The last ones: a path of Windows has a colon of its own.
	plus, colon := bytes.LastIndex(fn, []byte("+0x")), bytes.LastIndexByte(place, ':')
	if !ok || plus <= 0 || colon < 0 {
		return stackparse.Frame{}, false
	}
	offset, okOffset := parseHex(fn[plus+1:])
	// 31 bits, since an int has no more on some systems.
	number, err := strconv.ParseUint(string(place[colon+1:]), 10, 31)
	if !okOffset || err != nil {
		return stackparse.Frame{}, false
	}
	return stackparse.Frame{
		Func:   c.names.Get([]byte(printed(string(fn[:plus]))), &c.text),
		Args:   unknownArgs,
		File:   c.names.Get(place[:colon], &c.text),
		Line:   int(number),
		Offset: offset,
	}, true
}

// cutColumn cuts text after its first word.
func cutColumn(text []byte) (word, rest []byte, more bool) {
	end := bytes.IndexAny(text, " \t")
	if end < 0 {
		return text, nil, false
	}
	return text[:end], bytes.TrimLeft(text[end:], " \t"), true
}

// readLabels reads the labels of a record, all or none.
func (c *counts) readLabels(text []byte) {
	labels, ok := parseLabels(c.labels[:0], string(text))
	if !ok {
		c.report("malformed labels: %s", excerpt(text))
		return
	}
	c.labels = labels
}

func parseLabels(labels []stackparse.Label, text string) ([]stackparse.Label, bool) {
	text, ok := strings.CutPrefix(text, "{")
	if !ok {
		return nil, false
	}
	// Each turn cuts something off or returns, so a list without its brace ends as
	// well.
	for text != "}" {
		var l stackparse.Label
		if l.Key, text, ok = cutQuoted(text); !ok {
			return nil, false
		}
		if text, ok = strings.CutPrefix(text, ":"); !ok {
			return nil, false
		}
		if l.Value, text, ok = cutQuoted(text); !ok {
			return nil, false
		}
		labels = append(labels, l)
		text = strings.TrimPrefix(text, ", ")
	}
	return labels, true
}

// cutQuoted cuts a string literal from the start of text.
func cutQuoted(text string) (value, rest string, ok bool) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", text, false
	}
	value, err = strconv.Unquote(quoted)
	return value, text[len(quoted):], err == nil
}

// parseHex reads "0x1f".
func parseHex(b []byte) (uint64, bool) {
	digits, ok := bytes.CutPrefix(b, []byte("0x"))
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(string(digits), 16, 64)
	return n, err == nil
}

// advance reads a line into c.line, without its end, the held one first.
func (c *counts) advance() bool {
	if c.held {
		c.held = false
		return true
	}
	if c.err != nil {
		return false
	}
	c.line = c.line[:0]
	for {
		part, err := c.in.ReadSlice('\n')
		// The rest of the line is read and dropped, so that the next line is one.
		if room := maxLine - len(c.line); len(part) > room {
			part = part[:room]
		}
		c.line = append(c.line, part...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(c.line) == 0:
			return false
		case err != nil && err != io.EOF:
			c.err = err
			return false
		}
		c.n++
		if len(c.line) == maxLine {
			c.report("line cut at %d bytes", maxLine)
		}
		c.line = bytes.TrimRight(c.line, "\r\n")
		return true
	}
}

// report notes a problem in the line last read. A hundred are enough for one
// record.
func (c *counts) report(format string, args ...any) {
	const most = 100
	if len(c.problems) < most {
		c.problems = append(c.problems, &stackparse.SyntaxError{File: c.file, Line: c.n, Msg: fmt.Sprintf(format, args...)})
	}
}

// excerpt quotes the start of text for a message.
func excerpt(text []byte) string {
	const most = 60
	if len(text) <= most {
		return strconv.Quote(string(text))
	}
	return strconv.Quote(string(text[:most])) + "..."
}
