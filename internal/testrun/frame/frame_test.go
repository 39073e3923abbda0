package frame

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func encode(t *testing.T, m *Message) string {
	t.Helper()
	text, err := Encode(m)
	require.NoError(t, err)
	return string(text)
}

func large(t *testing.T, n int) *Message {
	t.Helper()
	text, err := json.Marshal(strings.Repeat("goroutine \x02 é\n", n))
	require.NoError(t, err)
	return &Message{Report: text, Notes: []string{"a"}, Tests: &Tests{Checked: 3, Failed: []string{"TestA"}}}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		m      *Message
	}{
		{"nothing at all", &Message{}},
		{"one line", large(t, 1)},
		{"several lines", large(t, 1000)},
	} {
		var d Decoder
		lines := encode(t, tt.m)
		rest, found := d.Text(lines)
		require.Len(t, found, 1, tt.reason)
		assert.Equal(t, *tt.m, found[0], tt.reason)
		assert.Empty(t, rest, tt.reason)
		assert.Zero(t, d.Missing(), tt.reason)
		for line := range strings.Lines(lines) {
			assert.Less(t, len(line), 1024, "%s: test2json cuts longer lines", tt.reason)
			assert.Equal(t, "\x02", strings.Trim(line, " :/+=\x03\nabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
				"%s: no other control byte", tt.reason)
		}
	}
}

// What surrounds the frames comes back as it would be without them.
func TestRest(t *testing.T) {
	t.Parallel()
	one, many := encode(t, large(t, 1)), encode(t, large(t, 200))
	lines := strings.SplitAfter(strings.TrimSuffix(many, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	for _, tt := range []struct {
		reason string
		output []string
		rest   string
		found  int
	}{
		{"text that did not end its line", []string{"hello" + one, "world\n"}, "helloworld\n", 1},
		{"two frames in one event", []string{one + "x\n" + one}, "x\n", 2},
		{"lines of others between the parts", append([]string{lines[0], "other\n"}, lines[1:]...), "other\n", 1},
		{"two messages whose lines are mixed", []string{lines[0], one, strings.Join(lines[1:], "")}, "", 2},
		{"the same message twice", []string{one, one}, "", 2},
		{"no frame", []string{"\x02leakcheck\n", "\x02leakcheck:1 \x03\n", "\x02leakcheck:1 a b c\x03\n"},
			"\x02leakcheck\n\x02leakcheck:1 \x03\n\x02leakcheck:1 a b c\x03\n", 0},
		{"a mark of a frame in other text before a frame", []string{"\x02leakcheck:1 x " + one}, "\x02leakcheck:1 x ", 1},
		{"a frame without its end", []string{strings.TrimSuffix(one, "\x03\n") + "\n"}, strings.TrimSuffix(one, "\x03\n") + "\n", 0},
	} {
		var d Decoder
		rest, found := "", 0
		for _, output := range tt.output {
			r, ms := d.Text(output)
			rest += r
			found += len(ms)
		}
		assert.Equal(t, tt.rest, rest, tt.reason)
		assert.Equal(t, tt.found, found, tt.reason)
		assert.Zero(t, d.Missing(), tt.reason)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(encode(t, large(t, 200)), "\n")
	var d Decoder
	for i, line := range lines {
		if i != 1 {
			rest, found := d.Text(line)
			assert.Empty(t, rest+strings.Repeat("x", len(found)))
		}
	}
	assert.Equal(t, 1, d.Missing(), "a part was lost")

	broken := strings.Replace(encode(t, &Message{Notes: []string{"a"}}), " 1/1 ", " 1/1 e30K", 1)
	_, found := d.Text(broken)
	assert.Empty(t, found, "the checksum is of another message")
}

// No output makes a Decoder panic, and none is lost: what is taken out are
// frames.
func FuzzText(f *testing.F) {
	text, err := Encode(&Message{Notes: []string{"a"}})
	require.NoError(f, err)
	f.Add("x" + string(text) + "y")
	f.Add("\x02leakcheck:1 0 1/9999999 \x03\n")
	f.Fuzz(func(t *testing.T, output string) {
		var d Decoder
		rest, _ := d.Text(output)
		if !strings.Contains(output, start) {
			assert.Equal(t, output, rest)
		}
		again, _ := new(Decoder).Text(rest)
		if strings.Count(rest, start) == 0 {
			assert.Equal(t, rest, again)
		}
	})
}
