package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
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
		return Baseline{}, fmt.Errorf("%s: this is no regular file", name)
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
		return Baseline{}, fmt.Errorf("%s: the file has more than %d bytes, the most that a baseline has", name, maxSize)
	}
	return Parse(name, data)
}

// Parse reads a baseline from the content of a file. An error reads
// "name:line: problem", and no part of such a file is returned.
func Parse(name string, data []byte) (Baseline, error) {
	p := parser{name: name, data: data}
	if err := p.checkVersion(); err != nil {
		return Baseline{}, err
	}
	return p.entries()
}

type parser struct {
	name string
	data []byte
}

// errorAt points at the line of an offset into the data.
func (p *parser) errorAt(offset int64, format string, args ...any) error {
	before := p.data[:min(max(offset, 0), int64(len(p.data)))]
	return fmt.Errorf("%s:%d: %s", p.name, 1+bytes.Count(before, []byte("\n")), fmt.Sprintf(format, args...))
}

// explain points at the place of an error of package json.
func (p *parser) explain(err error, offset int64) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return p.errorAt(syntax.Offset, "this is not JSON: %v", err)
	case errors.As(err, &typ):
		return p.errorAt(offset+typ.Offset, "%s is a %s, and must be a %s", typ.Field, typ.Value, typ.Type)
	}
	return p.errorAt(offset, "%s", strings.TrimPrefix(err.Error(), "json: "))
}

// checkVersion looks at the version before anything else, since a newer file
// may look different in every other respect.
func (p *parser) checkVersion() error {
	// Package json would replace what is not UTF-8, and the stack would match nothing.
	if !utf8.Valid(p.data) {
		return p.errorAt(0, "this is not UTF-8 text")
	}
	var head struct {
		Version *int `json:"version"` // nil tells that it is missing
	}
	if err := json.Unmarshal(p.data, &head); err != nil {
		return p.explain(err, 0)
	}
	at := int64(max(bytes.Index(p.data, []byte(`"version"`)), 0))
	switch {
	case head.Version == nil:
		return p.errorAt(0, `"version" is missing; a baseline begins with "version": %d`, version)
	case *head.Version > version:
		return p.errorAt(at, "version %d is newer than this leakcheck, which reads version %d; update leakcheck",
			*head.Version, version)
	case *head.Version < version:
		return p.errorAt(at, "there is no version %d; the version is %d", *head.Version, version)
	}
	return nil
}

// entries reads the file strictly: a misspelt or repeated field is a mistake,
// and not something to pass over.
func (p *parser) entries() (Baseline, error) {
	// Token by token: Unmarshal takes a name twice, and has no line for what is wrong in the list.
	dec := json.NewDecoder(bytes.NewReader(p.data))
	if _, err := dec.Token(); err != nil { // the brace, which checkVersion has seen
		return Baseline{}, p.explain(err, 0)
	}
	var leaks []json.RawMessage
	var offset int64 // of the value of "leaks"
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return Baseline{}, p.explain(err, 0)
		}
		at := dec.InputOffset()
		switch {
		case name == "leaks" && leaks != nil:
			return Baseline{}, p.errorAt(at, `"leaks" is there twice`)
		case name == "leaks":
			offset, err = at, dec.Decode(&leaks)
		case name == "version":
			err = dec.Decode(new(int))
		default:
			return Baseline{}, p.errorAt(at, "a baseline has no field %q", name)
		}
		if err != nil {
			return Baseline{}, p.explain(err, 0)
		}
	}
	if leaks == nil {
		return Baseline{}, p.errorAt(int64(len(p.data)), `"leaks" is missing; it is [] when none is known`)
	}
	return p.list(leaks, offset)
}

// list reads the entries, which follow one another after offset.
func (p *parser) list(leaks []json.RawMessage, offset int64) (Baseline, error) {
	var b Baseline
	first := map[place]int{} // to the number of its entry, from 1
	for i, text := range leaks {
		// A RawMessage is the text as it is in the file.
		offset += int64(bytes.Index(p.data[offset:], text))
		entry, err := p.entry(text, offset)
		if err != nil {
			return Baseline{}, err
		}
		if n, ok := first[entry.place()]; ok {
			return Baseline{}, p.errorAt(offset, "entry %d has the stack of entry %d; add up their counts in one", i+1, n)
		}
		first[entry.place()] = i + 1 // two stacks may be one after they are normalised
		b.Entries = append(b.Entries, entry)
		offset += int64(len(text))
	}
	sortEntries(b.Entries)
	return b, nil
}

// entry reads one entry, which begins at offset.
func (p *parser) entry(text json.RawMessage, offset int64) (Entry, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var l leak
	if err := dec.Decode(&l); err != nil {
		return Entry{}, p.explain(err, offset)
	}
	// The file may be written by hand, or by a release with other rules.
	key := rekey(l.Stack)
	switch _, err := time.Parse(time.DateOnly, l.Since); {
	case key == "":
		return Entry{}, p.errorAt(offset, `"stack" is empty; it lists the functions of the goroutine, innermost first`)
	case l.Count < 1:
		return Entry{}, p.errorAt(offset, `"count" is %d; it is how many are known, at least 1`, l.Count)
	case err != nil:
		return Entry{}, p.errorAt(offset, `"since" is %q; it is a day, as in "2026-11-24"`, l.Since)
	}
	return Entry{
		Leak:   Leak{Package: l.Package, Key: key, Count: l.Count, Test: l.Test, Summary: l.Summary},
		Reason: l.Reason, Since: l.Since,
	}, nil
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
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	// People read the file: <-ch and not \u003c-ch.
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(f) // strings and numbers into memory
	return out.Bytes()
}
