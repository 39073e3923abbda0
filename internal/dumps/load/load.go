package load

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// Bounds that a [Loader] has where it names none.
const (
	DefaultTimeout   = time.Minute
	DefaultMaxBody   = 1 << 30   // bytes of an answer, unpacked
	DefaultMaxSearch = 256 << 20 // bytes of a stream without a goroutine, unpacked
	DefaultMaxMemory = 256 << 20 // bytes for one protobuf profile
)

// Stdin is the name of standard input.
const Stdin = "-"

// Loader opens dumps. The zero value is ready to use and may open several at
// the same time.
type Loader struct {
	Stdin io.Reader // what "-" reads; nil is empty

	Full    bool        // ask a service for text instead of a protobuf
	NoProof bool        // do not ask a service for its leak profile
	Header  http.Header // sent with requests, but not to another host after a redirect

	Timeout   time.Duration // for all requests of an Open and for reading what they answer
	MaxBody   int64
	MaxSearch int64
	MaxMemory int64

	// Progress, if not nil, is called while a file is read, with the bytes read
	// so far and its size.
	Progress func(name string, read, size int64)

	// Transport makes requests; nil is one that obeys the proxy variables of
	// the environment and keeps no connection.
	Transport http.RoundTripper
}

// Expand replaces patterns among names by the files they match, which shells
// of Windows leave to the program. "-", URLs and names of files stay as they
// are. A pattern without a file is an error.
func Expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if name == Stdin || IsURL(name) || exists(name) || !strings.ContainsAny(name, "*?[") {
			out = append(out, name)
			continue
		}
		files, err := filepath.Glob(name)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: not a pattern of file names", name)
		case len(files) == 0:
			return nil, fmt.Errorf("%s: no file matches", name)
		}
		out = append(out, files...)
	}
	return out, nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// Open opens a file, a URL or, for "-", standard input. What it returns must be
// closed. The context ends requests to a service, and the reading of their
// answers.
func (l *Loader) Open(ctx context.Context, name string) (*Input, error) {
	switch {
	case name == Stdin:
		return l.stream("standard input", cmp.Or[io.Reader](l.Stdin, strings.NewReader("")), nil), nil
	case IsURL(name):
		return l.openURL(ctx, name)
	case !exists(name):
		if u := guessURL(name); u != "" {
			return l.openURL(ctx, u)
		}
	}
	return l.openFile(name)
}

func (l *Loader) openFile(name string) (*Input, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s: a folder; name the files in it, such as %s", name, filepath.Join(name, "*"))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	if !info.Mode().IsRegular() { // a pipe or device has no size to show progress by
		return l.stream(name, f, f.Close), nil
	}
	src := &progress{r: f, name: name, size: info.Size(), report: l.Progress}
	return l.input(name, src, l.newGuard(), f.Close), nil
}

// fileError says what is wrong with a file in the form of all errors here.
func fileError(name string, err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (l *Loader) newGuard() *guard { return &guard{most: cmp.Or(l.MaxSearch, DefaultMaxSearch)} }

// stream is an Input of what may have no end.
func (l *Loader) stream(name string, src io.Reader, closer func() error) *Input {
	g := l.newGuard()
	return l.input(name, guarded{src, g}, g, closer)
}

// input is an Input of src, which g guards where it is packed.
func (l *Loader) input(name string, src io.Reader, g *guard, closer func() error) *Input {
	r := pprofile.NewReader(&zeros{r: &unpacked{in: bufio.NewReader(src), g: g}, most: g.most})
	r.Name, r.MaxMemory = name, cmp.Or(l.MaxMemory, DefaultMaxMemory)
	return &Input{Reader: r, Name: name, guard: g, close: closer}
}

// Input is a dump that is being read, record by record.
type Input struct {
	*pprofile.Reader
	Name string // for messages: without passwords, "standard input" for "-"

	// Leaks says that the service has named the goroutines that it proved to be
	// leaked, so that there are no others.
	Leaks bool

	guard *guard
	close func() error

	leaked  wait.Proven // of the service, not yet found among the records
	record  pprofile.Record
	pending *pprofile.Record // the second half of a record
}

// Scan reads the next record. It returns false at the end and at an error.
func (in *Input) Scan() bool {
	if in.pending != nil {
		in.record, in.pending = *in.pending, nil
		return true
	}
	if !in.Reader.Scan() {
		in.record = pprofile.Record{}
		return false
	}
	in.guard.found()
	in.record = *in.Reader.Record()
	in.markLeaked()
	return true
}

// markLeaked marks as many goroutines of the record as the leak profile had
// with this stack. They are a part of those in the goroutine profile, which was
// taken after it, so where it is not all of them the record becomes two.
func (in *Input) markLeaked() {
	n := in.leaked.Take(in.record.Goroutine, in.record.Count)
	if n == 0 {
		return
	}
	if rest := in.record.Count - n; rest > 0 {
		in.pending = &pprofile.Record{Count: rest, Goroutine: in.record.Goroutine.Clone()}
	}
	in.record.Count = n
	in.record.Goroutine.Leaked = true
}

// Record returns what the last Scan read. The next one overwrites it.
func (in *Input) Record() *pprofile.Record { return &in.record }

// Close gives back what Open has taken.
func (in *Input) Close() error {
	if in.close == nil {
		return nil
	}
	return in.close()
}
