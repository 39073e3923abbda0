// Package frame carries what a test binary found to "leakcheck test" in the
// output of "go test -json", so that no path, environment variable or file
// has to be passed, and a cached result of go test has the same messages.
//
// A message is printed as lines that nothing else prints:
//
//	\x02leakcheck:1 <checksum> <part>/<parts> <base64>\x03\n
//
// Each line is shorter than the 1024 bytes at which test2json cuts lines, and is
// complete in itself: lines of other writers may come between two of them. Text
// that did not end its line may precede such a line, and the output after it
// continues that text: a reader that removes the frames gets the output as it
// would be without them.
package frame

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Message is one thing that a test binary tells. Fields that it does not tell
// are empty.
type Message struct {
	// Report is what one check found, as the report package writes it as JSON.
	Report json.RawMessage `json:"report,omitempty"`
	// Again is a report on some of the same tests, which ran once more in a process
	// that remembers who called whom.
	Again json.RawMessage `json:"again,omitempty"`
	// Failed are the tests that had failed already when a report on tests that can
	// never end was made.
	Failed []string `json:"failed,omitempty"`
	// Notes are remarks on a package that may have passed, such as those on
	// entries of a baseline that are out of date.
	Notes []string `json:"notes,omitempty"`
	// Own is the import path of the leak checker that the tests use themselves.
	// The frame has nothing else then.
	Own string `json:"own,omitempty"`
	// Tests comes once, at the end of a package's run. Without it the run did
	// not come to its end: the process panicked, was killed or called os.Exit.
	Tests *Tests `json:"tests,omitempty"`
	// Step comes at the end of each run where the command has a test binary run
	// several times.
	Step *Step `json:"step,omitempty"`
}

// Step is one of several runs of a test binary.
type Step struct {
	Number int  `json:"number"` // as the command counts them, from 0
	Failed bool `json:"failed,omitempty"`
}

// Tests says what of a package was checked.
type Tests struct {
	// Checked counts the tests, benchmarks and fuzz targets whose checks took
	// place. A subtest is a part of its test.
	Checked int `json:"checked"`
	// Failed names the tests that failed for another reason, which were not
	// checked.
	Failed []string `json:"failed,omitempty"`
	// Skipped counts the tests that were skipped.
	Skipped int `json:"skipped,omitempty"`
	// Examples counts the examples that passed. What they leave behind is found
	// by the check at the end of the package.
	Examples int `json:"examples,omitempty"`
	// Unchecked counts the tests that passed and were not checked, as the check at
	// the end of the package did not take place.
	Unchecked int `json:"unchecked,omitempty"`
	// Known counts the goroutines that a baseline let pass.
	Known int `json:"known,omitempty"`
	// Silent counts the processes that tests started and that ended without a report.
	Silent int `json:"silent,omitempty"`
	// Package says that the check at the end of the package took place.
	Package bool `json:"package"`
}

const (
	start = "\x02leakcheck:1 "
	end   = "\x03\n"

	// chunk is how much of a message one line holds before base64 makes four
	// bytes of three.
	chunk = 660
)

// Encode returns the lines that carry m.
func Encode(m *Message) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out []byte
	sum := checksum(text)
	parts := (len(text) + chunk - 1) / chunk
	for i := range parts {
		part := text[i*chunk : min(len(text), (i+1)*chunk)]
		out = fmt.Appendf(out, "%s%s %d/%d ", start, sum, i+1, parts)
		out = base64.StdEncoding.AppendEncode(out, part)
		out = append(out, end...)
	}
	return out, nil
}

func checksum(text []byte) string {
	h := fnv.New64a()
	h.Write(text)
	return fmt.Sprintf("%016x", h.Sum64())
}

// Decoder takes messages out of the output of one package. The zero Decoder is
// ready to use.
type Decoder struct {
	parts map[string][][]byte // by checksum; a part that has not come is nil
}

// Text takes the frames out of output, which holds whole frames: an event of
// test2json, or several. It returns the rest of the output and the messages that
// are complete now.
func (d *Decoder) Text(output string) (rest string, found []Message) {
	for from := 0; ; {
		i := strings.Index(output[from:], start)
		if i < 0 {
			return output, found
		}
		i += from
		n := strings.Index(output[i:], end)
		if n < 0 {
			return output, found
		}
		m, ok := d.line(output[i+len(start) : i+n])
		if !ok { // something that only looks like ours
			from = i + len(start)
			continue
		}
		if m != nil {
			found = append(found, *m)
		}
		output, from = output[:i]+output[i+n+len(end):], i
	}
}

// line takes what stands between the marks. It returns the message that became
// complete, and whether this is a line of a frame.
func (d *Decoder) line(text string) (m *Message, ok bool) {
	fields := strings.Split(text, " ")
	if len(fields) != 3 {
		return nil, false
	}
	sum := fields[0]
	number, total, _ := strings.Cut(fields[1], "/")
	i, err1 := strconv.Atoi(number)
	n, err2 := strconv.Atoi(total)
	part, err3 := base64.StdEncoding.DecodeString(fields[2])
	if err1 != nil || err2 != nil || err3 != nil || i < 1 || i > n || n > maxParts {
		return nil, false
	}
	if d.parts == nil {
		d.parts = map[string][][]byte{}
	}
	if len(d.parts[sum]) != n {
		d.parts[sum] = make([][]byte, n)
	}
	d.parts[sum][i-1] = part
	var whole []byte
	for _, p := range d.parts[sum] {
		if p == nil {
			return nil, true
		}
		whole = append(whole, p...)
	}
	delete(d.parts, sum)
	m = &Message{}
	if checksum(whole) != sum || json.Unmarshal(whole, m) != nil {
		return nil, true
	}
	return m, true
}

// maxParts bounds what a line that is not ours can make a Decoder allocate. It
// allows for a message of 600 MB.
const maxParts = 1 << 20

// Missing returns how many messages began and are not complete: parts of them
// were lost, as where the process was killed while it wrote.
func (d *Decoder) Missing() int { return len(d.parts) }
