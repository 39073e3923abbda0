package pprofile

import (
	"bytes"
	"slices"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/internal/unwrap"
)

// maxScattered is how many records are kept that stand between lines of
// something else. More of them are read as a profile of their own.
const maxScattered = 50_000

// scattered reads the records of debug=1 from lines that a log has between them
// or before them. Each kind of line is known by its look, so that neither the
// first line of the profile nor a prefix need be known.
type scattered struct {
	counts  // for its tables, its problems and the record in the making
	count   int64
	open    bool
	totals  bool // a first line was there
	records []Record
	tooMany int
}

func newScattered(name string) *scattered {
	return &scattered{counts: counts{file: name}}
}

// add takes a line of text.
func (s *scattered) add(line int, text []byte) {
	s.n = line
	if at := bytes.Index(text, []byte(totalMark)); at > 0 {
		s.addTotal(text, at)
		return
	}
	if count, ok := findRecordLine(text); ok {
		s.flush()
		s.open, s.count, s.calls = true, count, true
		s.g = stackparse.Goroutine{Line: line, Leaked: s.profile == leakProfile}
		return
	}
	at := bytes.IndexByte(text, '#')
	if !s.open || at < 0 {
		return // a line of something else
	}
	// The line may end a value of JSON. The brace of labels goes with that, and comes
	// back below.
	text = bytes.TrimRight(text[at:], " \t\"}")
	if bytes.HasPrefix(text, []byte(labelsMark)) {
		text = append(text[:len(text):len(text)], '}') // a copy: what follows the line is not ours
	}
	s.addLine(text)
}

// addTotal takes "goroutine profile: total 7".
func (s *scattered) addTotal(text []byte, at int) {
	name := text[bytes.LastIndexAny(text[:at], " \t|:\"")+1 : at]
	if !isGoroutineProfile(string(name)) {
		return
	}
	s.flush()
	number := text[at+len(totalMark):]
	if total, ok := parseCount(number[:unwrap.Digits(number)]); ok {
		s.profile, s.totals = string(name), true
		s.total += total
	}
}

// findRecordLine returns the count of a line that ends in "2 @ 0x1 0x2".
func findRecordLine(text []byte) (int64, bool) {
	at := bytes.LastIndex(text, []byte(recordMark+" 0x"))
	if at < 0 {
		return 0, false
	}
	for word := range bytes.FieldsSeq(bytes.TrimRight(text[at+len(recordMark):], " \t\"}")) {
		if _, ok := parseHex(word); !ok {
			return 0, false
		}
	}
	// The count is read backwards from the mark: nobody knows how long the log's prefix
	// is.
	start := at
	for start > 0 && '0' <= text[start-1] && text[start-1] <= '9' {
		start--
	}
	count, ok := parseCount(text[start:at])
	return count, ok
}

// flush ends the record in the making.
func (s *scattered) flush() {
	if !s.open {
		return
	}
	s.open = false
	s.sum += s.count
	s.finishRecord()
	if s.profile == leakProfile && isPhantom(s.frames) {
		s.frames, s.labels = s.frames[:0], s.labels[:0]
		return
	}
	if len(s.records) < maxScattered {
		s.records = append(s.records, Record{s.count, s.g.Clone()})
	} else {
		s.tooMany++
	}
	s.frames, s.labels = s.frames[:0], s.labels[:0]
}

// take returns the records so far. The last one is whole when a goroutine
// follows or the input ends.
func (s *scattered) take(end bool) []Record {
	s.flush()
	records := s.records
	s.records = nil
	if end && s.totals && s.sum != s.total {
		s.report("%d goroutines found of %d: the profile is incomplete", s.sum, s.total)
	}
	if end && s.tooMany > 0 {
		s.report("%d records of a profile between other lines are left out: there are too many", s.tooMany)
	}
	return records
}

func (s *scattered) takeProblems() []error {
	p := slices.Clone(s.problems)
	s.problems = s.problems[:0]
	return p
}
