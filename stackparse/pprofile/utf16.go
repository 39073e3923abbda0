package pprofile

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Text is UTF-16 as UTF-8: PowerShell writes what a program prints like
// that.
type utf16Text struct {
	in    *bufio.Reader
	order binary.ByteOrder
	out   []byte // decoded and not yet read
	buf   []byte
}

// newUTF16 reads from in, which starts with a byte order mark unless the low byte
// comes first.
func newUTF16(in *bufio.Reader) *utf16Text {
	u := &utf16Text{in: in, order: binary.LittleEndian}
	mark, _ := in.Peek(2)
	switch string(mark) {
	case "\xfe\xff":
		u.order = binary.BigEndian
		fallthrough
	case "\xff\xfe":
		_, _ = in.Discard(len(mark)) // it is there
	}
	return u
}

func (u *utf16Text) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if err := u.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill decodes some text.
func (u *utf16Text) fill() error {
	const some = 1 << 10
	u.buf = u.buf[:0]
	for len(u.buf) < some {
		r, err := u.rune()
		if err != nil {
			u.out = u.buf
			// What was decoded before the error comes first; the error comes again at
			// the next call.
			if len(u.buf) > 0 {
				return nil
			}
			return err
		}
		u.buf = utf8.AppendRune(u.buf, r)
	}
	u.out = u.buf
	return nil
}

func (u *utf16Text) rune() (rune, error) {
	var two [2]byte
	if _, err := io.ReadFull(u.in, two[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = io.EOF // half a character
		}
		return 0, err
	}
	r := rune(u.order.Uint16(two[:]))
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	// Peeked at: where this is not the other half, it is a character of its own.
	low, err := u.in.Peek(2)
	if err != nil {
		return utf8.RuneError, nil
	}
	pair := utf16.DecodeRune(r, rune(u.order.Uint16(low)))
	if pair != utf8.RuneError {
		_, _ = u.in.Discard(2) // they are there
	}
	return pair, nil
}
