package load

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// guard ends an input in which no goroutine is found for too long. Without it
// a program that prints forever, or a small file that unpacks to a large one,
// would be searched forever.
//
// A file that is not packed has an end, however large it is, and is not
// guarded.
type guard struct {
	most int64
	n    int64 // bytes since the last goroutine
}

// count counts what was read.
func (g *guard) count(n int, err error) (int, error) {
	if g.n += int64(n); g.n > g.most && err == nil {
		err = fmt.Errorf("no goroutine in %s", size(g.most))
	}
	return n, err
}

// found resets the byte count.
func (g *guard) found() { g.n = 0 }

// guarded counts what is read from a stream.
type guarded struct {
	io.Reader
	g *guard
}

func (r guarded) Read(p []byte) (int, error) { return r.g.count(r.Reader.Read(p)) }

// zeros skips the zero bytes that an input starts with: a log that was truncated
// while a program wrote to it has a hole of its old size there. A device and a
// file that is one hole have nothing else, and are left after most bytes.
type zeros struct {
	r       io.Reader
	n, most int64
	ended   bool
}

func (z *zeros) Read(p []byte) (int, error) {
	for {
		n, err := z.r.Read(p)
		if z.ended || n == 0 || err != nil || bytes.Count(p[:n], []byte{0}) < n {
			z.ended = z.ended || n > 0
			return n, err
		}
		if z.n += int64(n); z.n >= z.most {
			return 0, fmt.Errorf("%s of zero bytes and nothing else", size(z.n))
		}
	}
}

// size is a number of bytes for a person.
func size(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// gzipMagic starts every gzip stream (RFC 1952, 2.3.1).
const gzipMagic = "\x1f\x8b"

// unpacked is an input, or what the gzip stream in it holds, which g counts. It looks
// at the input at the first Read, which may block.
type unpacked struct {
	in     *bufio.Reader
	g      *guard
	looked bool
	z      *gzip.Reader // nil where the input is not packed
}

func (u *unpacked) Read(p []byte) (int, error) {
	if !u.looked {
		u.looked = true
		if head, _ := u.in.Peek(len(gzipMagic)); string(head) == gzipMagic {
			u.z = new(gzip.Reader)
			_ = u.z.Reset(u.in) // Read returns the error again
		}
	}
	if u.z == nil {
		return u.in.Read(p)
	}
	n, err := u.z.Read(p)
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	return u.g.count(n, err)
}

func gzipError(err error) error {
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		return fmt.Errorf("gzip: the stream is cut short")
	}
	return fmt.Errorf("unpacking: %w", err)
}

// progress reports how far a file is read, at each step of a hundredth.
type progress struct {
	r          io.Reader
	name       string
	read, size int64
	reported   int64
	report     func(name string, read, size int64)
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.read += int64(n)
	if p.report != nil && p.read-p.reported >= p.size/100 {
		p.reported = p.read
		p.report(p.name, p.read, p.size)
	}
	return n, err
}
