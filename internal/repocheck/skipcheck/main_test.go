package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		events []string
		ok     bool
		want   string
	}{
		{
			name: "passed package shows only its closing line",
			events: []string{
				`{"Action":"start","Package":"m/a"}`,
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"=== RUN   TestA\n"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"--- PASS: TestA (0.00s)\n"}`,
				`{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"output","Package":"m/a","Output":"PASS\n"}`,
				`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.100s\n"}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			ok:   true,
			want: "ok  \tm/a\t0.100s\n",
		},
		{
			name: "package without tests is no skipped test",
			events: []string{
				`{"Action":"start","Package":"m/a"}`,
				`{"Action":"output","Package":"m/a","Output":"?   \tm/a\t[no test files]\n"}`,
				`{"Action":"skip","Package":"m/a","Elapsed":0}`,
			},
			ok:   true,
			want: "?   \tm/a\t[no test files]\n",
		},
		{
			name: "skipped test fails the run and is named once",
			events: []string{
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"    a_test.go:5: not today\n"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}`,
				`{"Action":"skip","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"skip","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.100s\n"}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			want: "    a_test.go:5: not today\n--- SKIP: TestA (0.00s)\nok  \tm/a\t0.100s\n" +
				"skipcheck: skipped: m/a TestA\n",
		},
		{
			name: "skipped subtest fails the run",
			events: []string{
				`{"Action":"skip","Package":"m/a","Test":"TestA/sub","Elapsed":0}`,
				`{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			want: "skipcheck: skipped: m/a TestA/sub\n",
		},
		{
			name: "skipped benchmark may pass",
			events: []string{
				`{"Action":"skip","Package":"m/a","Test":"BenchmarkA","Elapsed":0}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			ok: true,
		},
		{
			name: "SKIP in the output of a passed test is only text",
			events: []string{
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"--- SKIP: TestChild (0.00s)\n"}`,
				`{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			ok: true,
		},
		{
			name: "failed test shows what its last run wrote and not what others wrote",
			events: []string{
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"first run\n"}`,
				`{"Action":"pass","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"run","Package":"m/a","Test":"TestB"}`,
				`{"Action":"output","Package":"m/a","Test":"TestB","Output":"other\n"}`,
				`{"Action":"pass","Package":"m/a","Test":"TestB","Elapsed":0}`,
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"    a_test.go:9: broken\n"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}`,
				`{"Action":"fail","Package":"m/a","Test":"TestA","Elapsed":0}`,
				`{"Action":"output","Package":"m/a","Output":"FAIL\n"}`,
				`{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.100s\n"}`,
				`{"Action":"fail","Package":"m/a","Elapsed":0.1}`,
			},
			want: "    a_test.go:9: broken\n--- FAIL: TestA (0.00s)\nFAIL\nFAIL\tm/a\t0.100s\n",
		},
		{
			name: "test that ended the process shows what it wrote",
			events: []string{
				`{"Action":"run","Package":"m/a","Test":"TestA"}`,
				`{"Action":"output","Package":"m/a","Test":"TestA","Output":"exiting\n"}`,
				`{"Action":"output","Package":"m/a","Output":"FAIL\tm/a\t0.100s\n"}`,
				`{"Action":"fail","Package":"m/a","Elapsed":0.1}`,
			},
			want: "exiting\nFAIL\tm/a\t0.100s\n",
		},
		{
			name: "compiler errors are shown",
			events: []string{
				`{"ImportPath":"m/a [m/a.test]","Action":"build-output","Output":"a/a_test.go:3:1: syntax error\n"}`,
				`{"ImportPath":"m/a [m/a.test]","Action":"build-fail"}`,
				`{"Action":"start","Package":"m/a"}`,
				`{"Action":"output","Package":"m/a","Output":"FAIL\tm/a [build failed]\n"}`,
				`{"Action":"fail","Package":"m/a","Elapsed":0,"FailedBuild":"m/a [m/a.test]"}`,
			},
			want: "a/a_test.go:3:1: syntax error\nFAIL\tm/a [build failed]\n",
		},
		{
			name: "packages that run side by side are kept apart",
			events: []string{
				`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.100s\n"}`,
				`{"Action":"output","Package":"m/b","Test":"TestB","Output":"b broke\n"}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
				`{"Action":"fail","Package":"m/b","Test":"TestB","Elapsed":0}`,
				`{"Action":"output","Package":"m/b","Output":"FAIL\tm/b\t0.100s\n"}`,
				`{"Action":"fail","Package":"m/b","Elapsed":0.1}`,
			},
			want: "ok  \tm/a\t0.100s\nb broke\nFAIL\tm/b\t0.100s\n",
		},
		{
			name: "plain text is passed on",
			events: []string{
				`go: warning: something`,
				`{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.100s\n"}`,
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
			},
			ok:   true,
			want: "go: warning: something\nok  \tm/a\t0.100s\n",
		},
		{
			name: "stream that stops before a package ends fails",
			events: []string{
				`{"Action":"pass","Package":"m/a","Elapsed":0.1}`,
				`{"Action":"start","Package":"m/b"}`,
			},
			want: "skipcheck: m/b did not end\n",
		},
		{
			name: "empty stream fails",
			want: "skipcheck: no package was tested\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var in, out strings.Builder
			for _, ev := range tt.events {
				in.WriteString(ev + "\n")
			}
			ok, err := run(strings.NewReader(in.String()), &out)
			require.NoError(t, err)
			assert.Equal(t, tt.ok, ok)
			assert.Equal(t, tt.want, out.String())
		})
	}
}

func TestRunLastLineWithoutNewline(t *testing.T) {
	var out strings.Builder
	ok, err := run(strings.NewReader(`{"Action":"skip","Package":"m/a","Test":"TestA"}`), &out)
	require.NoError(t, err)
	assert.False(t, ok)
	assert.Contains(t, out.String(), "skipped: m/a TestA")
}

func TestRunReportsErrors(t *testing.T) {
	broken := errors.New("broken pipe")

	_, err := run(iotest.ErrReader(broken), io.Discard)
	require.ErrorIs(t, err, broken)

	_, err = run(strings.NewReader("text\n"), failingWriter{broken})
	require.ErrorIs(t, err, broken)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
