package baseline

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"
	"unicode/utf8"

	"github.com/leakcheck-go/goroutine/internal/engine/jsontext"
)

// version is the version of the format that this package reads and writes.
const version = 1

// maxSize bounds a file, in bytes: some 50,000 entries.
const maxSize = 16 << 20

// file and leak are the format, in the order that it is written in.
type file struct {
	Version int    `json:"version"`
	Leaks   []leak `json:"leaks"`
}

type leak struct {
	Package string   `json:"package,omitempty"`
	Stack   []string `json:"stack"`
	Count   int      `json:"count"`
	Test    string   `json:"test,omitempty"`
	Summary string   `json:"summary,omitempty"`
	Reason  string   `json:"reason"`
	Since   string   `json:"since"`
}

// Load reads the baseline in the file path; errors call it name. A file that is
// not there is an error for which errors.Is reports [os.ErrNotExist]: the
// caller named it, and an empty baseline in its place would say that all
// leaks are new.
func Load(path, name string) (Baseline, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return Baseline{}, err
	case !info.Mode().IsRegular(): // a pipe would never end
		return Baseline{}, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return Baseline{}, err
	}
	defer f.Close()
	// One byte more than is allowed tells that there is more.
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return Baseline{}, err
	case len(data) > maxSize:
		return Baseline{}, fmt.Errorf("%s: the file is larger than %d bytes, the limit for a baseline", name, maxSize)
	}
	return Parse(name, data)
}

// Parse reads a baseline from the content of a file. An error reads
// "name:line: problem", and no part of such a file is returned.
func Parse(name string, data []byte) (Baseline, error) {
	p := parser{reader: reader{data: data}, first: map[place]int{}}
	p.parse()
	if p.problem != "" {
		return Baseline{}, fmt.Errorf("%s:%d: %s", name, 1+bytes.Count(data[:p.at], []byte("\n")), p.problem)
	}
	sortEntries(p.b.Entries)
	return p.b, nil
}

type parser struct {
	reader
	b     Baseline
	first map[place]int // to the number of its entry, from 1
}

// parse reads the file strictly: a misspelt or repeated field is a mistake, and
// not something to pass over.
func (p *parser) parse() {
	// What is not UTF-8 would match no stack.
	if !utf8.Valid(p.data) {
		p.fail(0, "not UTF-8 text")
	}
	seen := map[string]bool{}
	p.object(func(name string, at int) {
		switch {
		case seen[name]:
			p.fail(at, "%q appears twice", name)
		case name == "version":
			p.checkVersion(p.int(), at)
		case name == "leaks":
			p.list(p.entry)
		default:
			p.fail(at, "a baseline has no field %q", name)
		}
		seen[name] = true
	})
	p.end()
	switch {
	case !seen["version"]:
		p.fail(0, `"version" is missing; a baseline begins with "version": %d`, version)
	case !seen["leaks"]:
		p.fail(len(p.data), `"leaks" is missing; write [] if there are none`)
	}
}

// checkVersion fails on other versions, before anything else since the version is
// written first: the rest of a newer file may look different.
func (p *parser) checkVersion(v, at int) {
	switch {
	case v > version:
		p.fail(at, "version %d is newer than this leakcheck, which reads version %d; update leakcheck", v, version)
	case v < version:
		p.fail(at, "there is no version %d; the version is %d", v, version)
	}
}

// entry reads one entry.
func (p *parser) entry() {
	p.next()
	start := p.at
	var l leak
	texts := map[string]*string{
		"package": &l.Package, "test": &l.Test, "summary": &l.Summary, "reason": &l.Reason, "since": &l.Since,
	}
	p.object(func(name string, at int) {
		text := texts[name]
		switch {
		case text != nil:
			*text = p.text()
		case name == "stack":
			p.list(func() { l.Stack = append(l.Stack, p.text()) })
		case name == "count":
			l.Count = p.int()
		default:
			p.fail(at, "unknown field %q", name)
		}
	})
	// The file may be written by hand, or by a release with other rules.
	key := rekey(l.Stack)
	switch _, err := time.Parse(time.DateOnly, l.Since); {
	case key == "":
		p.fail(start, `"stack" is empty; it lists the functions of the goroutine, innermost first`)
	case l.Count < 1:
		p.fail(start, `"count" is %d; want the number of known goroutines, at least 1`, l.Count)
	case err != nil:
		p.fail(start, `"since" is %q; want a day, as in "2026-11-24"`, l.Since)
	}
	entry := Entry{
		Leak:   Leak{Package: l.Package, Key: key, Count: l.Count, Test: l.Test, Summary: l.Summary},
		Reason: l.Reason, Since: l.Since,
	}
	p.b.Entries = append(p.b.Entries, entry)
	if n, ok := p.first[entry.place()]; ok { // two stacks may be one after they are normalised
		p.fail(start, "entry %d has the same stack as entry %d; merge them and add up their counts",
			len(p.b.Entries), n)
	}
	p.first[entry.place()] = len(p.b.Entries)
}

// Format writes b as a file: the same bytes for the same entries.
func Format(b Baseline) []byte {
	f := file{Version: version, Leaks: []leak{}}
	for _, e := range b.Entries {
		f.Leaks = append(f.Leaks, leak{
			Package: e.Package, Stack: e.Key.Stack(), Count: e.Count, Test: e.Test, Summary: e.Summary,
			Reason: e.Reason, Since: e.Since,
		})
	}
	// No Escape: people read the file, <-ch and not \u003c-ch.
	return jsontext.Writer{Indent: true}.Append(nil, f)
}
