// Package gotest reads the events of go test -json (go doc test2json, go help
// buildjson).
//
// Other lines come between the events: the go command and the programs that it
// runs write some messages to the same place as plain text. They are returned as
// text and are not errors.
package gotest

import (
	"bytes"
	"encoding/json"
	"io"
)

// Event is one line of the stream.
type Event struct {
	Action      string // "run", "output", "pass", "fail", "skip", "build-output" and others
	Package     string // import path; "" for an event of the build
	ImportPath  string // what is built, for an event of the build
	Test        string // "TestX/sub"; "" for an event of the package
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string  // ImportPath of the build for whose failure the package failed

	// Line is the line as it came, with its end. It is reused after the handler
	// returns.
	Line []byte `json:"-"`
}

// Ends reports whether the test, or without Test the package, is done.
func (e *Event) Ends() bool { return e.Action == "pass" || e.Action == "fail" || e.Action == "skip" }

// With returns the line of e with another value of a field that it has, and all
// else as it came.
func (e *Event) With(key, value string) []byte {
	from, to, ok := valueOf(e.Line, key)
	text, err := json.Marshal(value)
	if !ok || err != nil {
		return e.Line
	}
	return bytes.Join([][]byte{e.Line[:from], text, e.Line[to:]}, nil)
}

// valueOf returns where the value of a key of a JSON object stands.
func valueOf(object []byte, key string) (from, to int64, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil { // the brace
		return 0, 0, false
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return 0, 0, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return 0, 0, false
		}
		if to = dec.InputOffset(); name == key {
			return to - int64(len(value)), to, true
		}
	}
	return 0, 0, false
}

// Writer takes the stream in pieces of any size and hands over its events.
type Writer struct {
	Event func(*Event)
	Text  func(line string) // a line that is no event, with its end; nil drops them

	rest []byte // the beginning of a line
}

// maxLine bounds what is kept of a line that does not end. Test2json cuts lines
// far below that.
const maxLine = 1 << 20

// Write hands over what p completes. It returns no error.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n') + 1
		if i == 0 {
			break
		}
		if len(w.rest) == 0 {
			w.line(p[:i])
		} else {
			w.line(append(w.rest, p[:i]...))
			w.rest = w.rest[:0]
		}
		p = p[i:]
	}
	if w.rest = append(w.rest, p...); len(w.rest) > maxLine {
		w.Flush()
	}
	return n, nil
}

// Flush hands over a last line that has no end.
func (w *Writer) Flush() {
	if len(w.rest) > 0 {
		w.line(w.rest)
		w.rest = w.rest[:0]
	}
}

func (w *Writer) line(line []byte) {
	var e Event
	if line[0] == '{' && json.Unmarshal(line, &e) == nil && e.Action != "" {
		e.Line = line
		w.Event(&e)
	} else if w.Text != nil {
		w.Text(string(line))
	}
}

// Read hands over the events of a whole stream.
func Read(r io.Reader, event func(*Event)) error {
	w := &Writer{Event: event}
	_, err := io.Copy(w, r)
	w.Flush()
	return err
}
