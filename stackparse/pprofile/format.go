package pprofile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// window is how far into the input [detect] looks.
const window = 4 << 10

// packed is the format of gzip, which is none of goroutines.
const packed Format = 255

// What is wrong with input that is no form of goroutines.
var (
	errEmpty       = errors.New("empty")
	errNoGoroutine = errors.New("no goroutine in this text")
	errHTML        = errors.New("an HTML page; a dump is what /debug/pprof/goroutine?debug=2 answers")
	errUTF16       = errors.New("UTF-16 text in UTF-16 text")
	errMalformed   = errors.New("malformed protobuf")
	errPackedTwice = errors.New("compressed more than once")
)

// notProfile says why binary input is no profile.
func notProfile(err error) error { return fmt.Errorf("neither text nor a profile: %w", err) }

// noGoroutines says which profile was found in place of one of goroutines.
func noGoroutines(types string) error {
	return fmt.Errorf("a profile of %s, with no goroutines in it", types)
}

// detect tells a format by the first bytes of in, which it leaves there.
func detect(in *bufio.Reader) (Format, error) {
	head, err := in.Peek(window)
	switch {
	case len(head) == 0 && err != nil && err != io.EOF:
		return FormatUnknown, err
	case len(head) == 0:
		return FormatUnknown, errEmpty
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return packed, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), isWide(head):
		return FormatUnknown, errUTF16
	case hasControl(head) && startsProfile(head):
		return FormatProtobuf, nil
	// A log that was truncated while a program wrote to it begins with NULs, and is
	// text.
	case mostlyControl(bytes.TrimLeft(head, "\x00")):
		return FormatUnknown, notProfile(errMalformed)
	case isHTML(head):
		return FormatUnknown, errHTML
	case bytes.Contains(head, []byte(" profile: total ")) && findCounts(head) >= 0:
		return FormatCounts, nil
	}
	return FormatDump, nil
}

// isWide tells whether head is ASCII in UTF-16 without a byte order mark, the low
// byte first as Windows writes it.
func isWide(head []byte) bool {
	const enough = 16
	if len(head) < enough {
		return false
	}
	for i, c := range head[:enough] {
		if (c == 0) != (i%2 == 1) || c > '~' {
			return false
		}
	}
	return true
}

// hasControl tells whether head has a control character that text mostly does
// not have. A profile always has: the numbers and sizes of its first fields are
// small.
func hasControl(head []byte) bool { return bytes.ContainsFunc(head, isControl) }

func isControl(c rune) bool { return c < ' ' && (c < '\b' || c > '\r') && c != '\x1b' }

// mostlyControl tells whether head is no text though a line of one may follow.
func mostlyControl(head []byte) bool {
	n := 0
	for _, c := range head {
		if isControl(rune(c)) {
			n++
		}
	}
	return n > len(head)/10
}

// startsProfile tells whether head is a sequence of fields that the message
// Profile of profile.proto has. A log with a bell or a NUL in it is none.
func startsProfile(head []byte) bool {
	for at := 0; at < len(head); {
		tag, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return at > 0 && n == 0 // head ends in a number
		}
		at += n
		value, n := binary.Uvarint(head[at:])
		if n <= 0 {
			return n == 0 && at < window+1
		}
		at += n
		field, wire := tag>>3, tag&7
		switch {
		case field == 1 || field == 11: // a ValueType: two small indexes of strings
			if wire != 2 || value > 32 {
				return false
			}
			at += int(value)
		case 2 <= field && field <= 6:
			// With the bound at stays within an int of 32 bits.
			if wire != 2 || value > 1<<30 {
				return false
			}
			at += int(value)
		case field == 13 && wire == 2 && value <= 1<<30:
			at += int(value)
		case 7 <= field && field <= 15 && wire == 0:
		default:
			return false
		}
	}
	return true
}

// isHTML tells whether head is the start of a page, such as the index of
// net/http/pprof or the login page of a proxy.
func isHTML(head []byte) bool {
	head = bytes.TrimLeft(head, "\ufeff \t\r\n")
	if !bytes.HasPrefix(head, []byte("<")) {
		return false
	}
	head = bytes.ToLower(head)
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html")) ||
		bytes.Contains(head, []byte("<head"))
}

// unpack returns what the gzip stream in holds, and the format of that.
func unpack(in *bufio.Reader) (*bufio.Reader, Format, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, FormatUnknown, gzipError(err)
	}
	out := bufio.NewReaderSize(gunzip{z}, window)
	format, err := detect(out)
	if format == packed {
		return nil, FormatUnknown, errPackedTwice
	}
	return out, format, err
}

// gunzip is a gzip stream whose errors say so.
type gunzip struct{ z *gzip.Reader }

func (g gunzip) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	return n, err
}

func gzipError(err error) error {
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return errors.New("gzip: the stream is cut short")
	}
	// The errors of compress/gzip start with "gzip: ", those of compress/flate
	// with "flate: ".
	return fmt.Errorf("unpacking: %w", err)
}
