package pprofile

import (
	"bufio"
	"bytes"
	"compress/gzip"
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
	errUTF16       = errors.New("UTF-16 text; save it as UTF-8")
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
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return FormatUnknown, errUTF16
	case isBinary(head):
		return FormatProtobuf, nil
	case isHTML(head):
		return FormatUnknown, errHTML
	case bytes.Contains(head, []byte(" profile: total ")) && findCounts(head) >= 0:
		return FormatCounts, nil
	}
	return FormatDump, nil
}

// isBinary tells whether head has a control character that text does not have.
// A profile always has: the numbers and sizes of its first fields are small.
func isBinary(head []byte) bool {
	return bytes.ContainsFunc(head, func(c rune) bool {
		return c < ' ' && (c < '\b' || c > '\r') && c != '\x1b'
	})
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
