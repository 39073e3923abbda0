package unwrap

import "bytes"

// Escape starts the sequences that terminals obey.
const Escape = 0x1b

// cutColours appends line to dst without the escape sequences of terminals:
// those that end in a letter, as colours do (ECMA-48, section 5.4), and the
// strings that name a link, a title or a time. From other sequences it removes only
// the escape character, which has no place in a dump: so nothing is left that a
// second reading would cut. dst may be the start of line.
func cutColours(dst, line []byte) []byte {
	for {
		i := bytes.IndexByte(line, Escape)
		if i < 0 {
			return append(dst, line...)
		}
		dst = append(dst, line[:i]...)
		line = line[i+max(1, sequenceLen(line[i:])):]
	}
}

// sequenceLen returns the length of the escape sequence at the start of text,
// 0 if it is none that is known, or has no end.
func sequenceLen(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '(', ')':
		// A set of characters: "tput sgr0" ends a colour with ESC ( B.
		return min(3, len(text))
	case '[':
		for i, c := range text[2:] {
			if 0x40 <= c && c <= 0x7e {
				return i + 3
			}
			// Nothing else can stand before the final byte: this was no sequence, and
			// its text is the dump's.
			if c < 0x20 || c > 0x3f {
				return 0
			}
		}
	case ']', '_', 'P', 'X', '^':
		// Strings to the terminal: Buildkite puts the time of each line into an
		// application program command, ESC _ bk;t=1717171717000 BEL.
		for i, c := range text[2:] {
			if c == '\a' {
				return i + 3
			}
			if c == Escape {
				// The other end is ESC \. An ESC before anything else starts a new
				// sequence: the end of this one was lost, and what follows is the
				// dump's.
				if i+3 < len(text) && text[i+3] == '\\' {
					return i + 4
				}
				return 0
			}
		}
	}
	return 0
}

// HasControl reports whether line has a byte that [Clean] removes.
func HasControl(line []byte) bool {
	return bytes.IndexByte(line, Escape) >= 0 || bytes.IndexByte(line, 0) >= 0 || bytes.IndexByte(line, '\a') >= 0 ||
		bytes.IndexByte(line, byteOrderMark[0]) >= 0 && bytes.Contains(line, []byte(byteOrderMark))
}

// Clean appends line to dst without what [cutColours] cuts, without the bells of
// marks, without byte order marks, which syslog has before each message (RFC 5424,
// section 6.4), and without NULs, which no name of a dump has, and which a log has
// that was truncated while a program wrote to it. dst may be the start of line.
func Clean(dst, line []byte) []byte {
	// First the NULs: one may stand within a sequence, and what it hid is cut too.
	bare := dst
	for _, c := range line {
		if c != 0 {
			bare = append(bare, c)
		}
	}
	line = cutColours(dst, bare[len(dst):])
	for {
		at := bytes.Index(line, []byte(byteOrderMark))
		if at < 0 {
			break
		}
		line = append(line[:at], line[at+len(byteOrderMark):]...)
	}
	// Bells end the sequences, so they go after them.
	kept := line[:0]
	for _, c := range line {
		switch {
		case c == '\a' && len(kept) == 0:
		case c == '\a':
			kept = append(kept, ' ') // it ended a mark whose start was lost
		default:
			kept = append(kept, c)
		}
	}
	return kept
}
