package stackparse

import (
	"bytes"
	"io"
)

const (
	raceHead    = "WARNING: DATA RACE"
	raceRule    = "=================="
	lostStack   = "[failed to restore the stack]"
	maxRaceText = 100 // lines of a report that are kept though nothing is known about them
)

// Race is one report of the race detector (compiler-rt/lib/tsan/rtl,
// tsan_report.cpp of LLVM, the part for Go).
//
// The detector counts goroutines by itself. Its numbers are not the ids of a
// goroutine dump, not even of one in the same output.
type Race struct {
	Accesses   []RaceAccess    // the one that was noticed first, then the earlier one it conflicts with
	Goroutines []RaceGoroutine // where they were started
	Other      []string        // other lines: which variable or heap block it is about
	Line       int             // line of "WARNING: DATA RACE" in the input
}

// RaceAccess is an access to memory.
type RaceAccess struct {
	Write     bool    // else a read
	Previous  bool    // the earlier access
	Addr      uint64  // where in memory
	Goroutine int64   // number in this report; 0 for the main goroutine
	Frames    []Frame // innermost call first, without arguments, which reports do not have
	StackLost bool    // the detector had no room for its stack any more
}

// RaceGoroutine is a goroutine that takes part in a race.
type RaceGoroutine struct {
	Number    int64   // in this report
	Finished  bool    // it had ended when the race was noticed
	Frames    []Frame // stack of the go statement
	StackLost bool    // as in [RaceAccess]
}

// RaceReader reads the reports of the race detector from the output of a
// program or of go test, in the manner of [Reader]. Reports may be wrapped by
// collectors of logs like dumps. RaceReaders are made by [NewRaceReader].
type RaceReader struct {
	source
	r    Reader // for its tables
	race Race
	last *raceStack // the stack that lines belong to; nil if none
}

// raceStack is the stack that is being read: it is what an access and a goroutine have in common.
type raceStack struct {
	frames *[]Frame
	lost   *bool
	fn     string // of the call whose place is to come
}

// NewRaceReader returns a RaceReader that reads from src.
func NewRaceReader(src io.Reader) *RaceReader {
	r := new(RaceReader)
	r.source.reset(lines{src: src})
	r.races = true
	return r
}

// Scan reads the next report. It returns false at the end of the input or at a
// read error.
func (r *RaceReader) Scan() bool {
	r.race, r.last = Race{}, nil
	for r.advance() {
		if len(r.line) > 0 && r.atHeader() {
			r.race.Line = r.lines.n
			r.readRace()
			return true
		}
		r.findQuoted()
	}
	return false
}

// Race returns the report that the last Scan read. It is the caller's.
func (r *RaceReader) Race() Race { return r.race }

// Err returns the error that reading the input ended with, nil for its end.
func (r *RaceReader) Err() error { return r.lines.readErr() }

// readRace reads the lines of a report up to the rule at its end.
func (r *RaceReader) readRace() {
	for n := 0; r.advance() && n < maxBodyLines; n++ {
		line := r.line
		switch {
		case len(line) == 0:
		case bytes.HasPrefix(line, []byte(raceRule)):
			return
		case r.atHeader():
			r.held = true
			return
		case line[0] == ' ' || line[0] == '\t':
			r.readFrame(bytes.TrimLeft(line, " \t"))
		case !r.readAccess(line) && !r.readGoroutine(line):
			r.last = nil
			if len(r.race.Other) < maxRaceText {
				r.race.Other = append(r.race.Other, string(line))
			}
		}
	}
}

// readAccess reads "Previous write at 0xc000012345 by goroutine 7:".
func (r *RaceReader) readAccess(line []byte) bool {
	var a RaceAccess
	line, a.Previous = bytes.CutPrefix(line, []byte("Previous "))
	kind, rest, _ := bytes.Cut(line, []byte(" at "))
	addr, by, _ := bytes.Cut(rest, []byte(" by "))
	switch string(kind) {
	case "Read", "read":
	case "Write", "write":
		a.Write = true
	default:
		return false
	}
	var ok bool
	if a.Addr, ok = parseHex(addr); !ok {
		return false
	}
	if string(by) != "main goroutine:" {
		number, ok := bytes.CutPrefix(bytes.TrimSuffix(by, []byte(":")), []byte(headerPrefix))
		if a.Goroutine, ok = parseIf(number, ok); !ok {
			return false
		}
	}
	r.race.Accesses = append(r.race.Accesses, a)
	last := &r.race.Accesses[len(r.race.Accesses)-1]
	r.last = &raceStack{frames: &last.Frames, lost: &last.StackLost}
	return true
}

// readGoroutine reads "Goroutine 7 (running) created at:".
func (r *RaceReader) readGoroutine(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("Goroutine "))
	number, rest, _ := bytes.Cut(rest, []byte(" "))
	n, ok := parseIf(number, ok)
	state := string(rest)
	if !ok || state != "(running) created at:" && state != "(finished) created at:" {
		return false
	}
	r.race.Goroutines = append(r.race.Goroutines, RaceGoroutine{Number: n, Finished: state[1] == 'f'})
	last := &r.race.Goroutines[len(r.race.Goroutines)-1]
	r.last = &raceStack{frames: &last.Frames, lost: &last.StackLost}
	return true
}

// parseIf is parseInt for text that was there.
func parseIf(text []byte, ok bool) (int64, bool) {
	if !ok {
		return 0, false
	}
	return parseInt(text)
}

// readFrame reads a call or its place. Both are indented, the place deeper, but
// by how much is of no use: collectors change it.
func (r *RaceReader) readFrame(text []byte) {
	s := r.last
	if s == nil {
		return
	}
	if string(text) == lostStack {
		*s.lost = true
		return
	}
	if p, _ := r.r.readPlace(text); p != nil && s.fn != "" {
		*s.frames = append(*s.frames, Frame{Func: s.fn, File: p.file, Line: p.line, Offset: p.offset})
		s.fn = ""
		return
	}
	if fn, _, ok := cutCall(text); ok {
		s.fn = r.r.intern(fn)
	}
}
