package gotest

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const stream = `# command-line text
{"ImportPath":"m/a [m/a.test]","Action":"build-output","Output":"# m/a\n"}
{"Time":"2026-11-24T10:00:00.5Z","Action":"start","Package":"m/a"}
{"Action":"output","Package":"m/a","Test":"TestA/x","Output":"a \u003cb\u003e\n"}
{"no":"event"}
{"Action":"pass","Package":"m/a","Test":"TestA/x","Elapsed":0.25}

{"Action":"fail","Package":"m/a","FailedBuild":"m/a [m/a.test]"}`

// However the stream is cut into pieces, its events are the same.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, r := range []io.Reader{
		strings.NewReader(stream), iotest.OneByteReader(strings.NewReader(stream)), iotest.HalfReader(strings.NewReader(stream)),
	} {
		var got []string
		var text string
		w := &Writer{
			Event: func(e *Event) {
				got = append(got, strings.Join([]string{e.Action, e.Package, e.Test, e.Output}, "|"))
				assert.True(t, json.Valid(e.Line))
			},
			Text: func(line string) { text += line },
		}
		_, err := io.Copy(w, r)
		require.NoError(t, err)
		w.Flush()
		assert.Equal(t, []string{
			"build-output|||# m/a\n", "start|m/a||", "output|m/a|TestA/x|a <b>\n", "pass|m/a|TestA/x|", "fail|m/a||",
		}, got)
		assert.Equal(t, "# command-line text\n{\"no\":\"event\"}\n\n", text)
	}
	n := 0
	require.NoError(t, Read(strings.NewReader(stream), func(*Event) { n++ }))
	assert.Equal(t, 5, n)
	assert.Error(t, Read(iotest.ErrReader(io.ErrUnexpectedEOF), nil))
}

// A line without an end does not take all memory.
func TestLongLine(t *testing.T) {
	t.Parallel()
	n := 0
	w := &Writer{Text: func(line string) { n += len(line) }}
	for range 3 * 1024 {
		_, _ = w.Write(make([]byte, 1024))
		assert.LessOrEqual(t, len(w.rest), maxLine)
	}
	w.Flush()
	assert.Equal(t, 3<<20, n)
}

// What other releases add to an event stays.
func TestWith(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`{"New":{"Output":"x"},"Output":"old\n","Time":"now"}` + "\n": `{"New":{"Output":"x"},"Output":"a\n\"b","Time":"now"}` + "\n",
		`{"Action":"pass"}` + "\n":                                    `{"Action":"pass"}` + "\n",
		"no JSON\n":                                                   "no JSON\n",
	} {
		e := Event{Line: []byte(line)}
		assert.Equal(t, want, string(e.With("Output", "a\n\"b")))
	}
}
