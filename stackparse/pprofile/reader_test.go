package pprofile_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// releases are those whose profiles are in testdata.
var releases = []string{"go1.26", "go1.27"}

// TestFormsAgree reads the three forms in which one process has written its
// goroutines at one moment. Whatever two of them say has to be the same.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			dump := read(t, release, "goroutine.debug2.txt", pprofile.FormatDump, "")
			counts := read(t, release, "goroutine.debug1.txt", pprofile.FormatCounts, "goroutine")
			proto := read(t, release, "goroutine.pb.gz", pprofile.FormatProtobuf, "goroutine")
			require.Greater(t, total(dump), int64(20))

			assert.Equal(t, stacks(dump, withState), stacks(proto, withState), "a state comes from the frames of the runtime")
			assert.Equal(t, stacks(dump, calls), stacks(counts, calls))
			assert.Equal(t, labels(counts, false), labels(proto, true), "protobuf has no empty values")
			for _, rec := range append(counts, proto...) {
				g := rec.Goroutine
				silent := stackparse.Goroutine{State: g.State, Labels: g.Labels, Frames: g.Frames, Line: g.Line}
				assert.Equal(t, silent, *g, "no form but the dump says more")
			}
		})
	}
}

func TestLeakProfiles(t *testing.T) {
	t.Parallel()
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			dump := read(t, release, "goroutineleak.debug2.txt", pprofile.FormatDump, "")
			leaked := slices.DeleteFunc(dump, func(rec pprofile.Record) bool { return !rec.Goroutine.Leaked })
			require.NotEmpty(t, leaked)
			for file, format := range map[string]pprofile.Format{
				"goroutineleak.debug1.txt": pprofile.FormatCounts,
				"goroutineleak.pb.gz":      pprofile.FormatProtobuf,
			} {
				recs := read(t, release, file, format, "goroutineleak")
				assert.Equal(t, stacks(leaked, calls), stacks(recs, calls), "the record without calls is left out")
				for _, rec := range recs {
					assert.True(t, rec.Goroutine.Leaked)
				}
			}
		})
	}
}

// hiddenCall is a line of debug=1 that runtime.Stack has no frame for.
var hiddenCall = regexp.MustCompile(`(?m)^#\t0x[0-9a-f]+\truntime\.[a-z]`)

// TestCorpus counts what is in debug=1 profiles of all releases since Go 1.21
// against facts gathered by another reader.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/corpus/*.txt")
	require.NoError(t, err)
	require.Len(t, files, 7)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var want struct {
				Profile string
				Total   int64
				Records []struct {
					Count  int64
					Frames int
					Labels string
				}
			}
			facts, err := os.ReadFile(strings.TrimSuffix(file, "txt") + "json")
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(facts, &want))

			recs, err := pprofile.Parse(text)
			require.NoError(t, err)
			require.Len(t, recs, len(want.Records))
			assert.Equal(t, want.Total, total(recs))
			frames := -len(hiddenCall.FindAll(text, -1))
			for i, rec := range recs {
				w := want.Records[i]
				assert.Equal(t, w.Count, rec.Count)
				assert.Equal(t, w.Labels, quoteLabels(rec.Goroutine.Labels))
				assert.Equal(t, want.Profile == "goroutineleak", rec.Goroutine.Leaked)
				frames += w.Frames - len(rec.Goroutine.Frames)
				for _, f := range rec.Goroutine.Frames {
					assert.NotEmpty(t, f.File)
					assert.NotZero(t, f.Line)
				}
			}
			assert.Zero(t, frames, "all calls but those of the runtime")
		})
	}
}

// TestEveryWayIn reads the same input packed, in small pieces and with the line
// ends of Windows.
func TestEveryWayIn(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"goroutine.debug1.txt", "goroutine.debug2.txt", "goroutine.pb.gz"} {
		data, err := os.ReadFile(filepath.Join("testdata/go1.27", file))
		require.NoError(t, err)
		want, err := pprofile.Parse(data)
		require.NoError(t, err)
		ways := map[string]io.Reader{"byte by byte": iotest.OneByteReader(bytes.NewReader(data))}
		if plain, ok := unpacked(data); ok {
			ways["plain"] = bytes.NewReader(plain)
		} else {
			ways["packed"] = bytes.NewReader(packed(t, data))
			ways["CR LF"] = strings.NewReader(strings.ReplaceAll(string(data), "\n", "\r\n"))
		}
		for way, in := range ways {
			recs, problems, err := readAll(pprofile.NewReader(in))
			require.NoError(t, err, "%s %s", file, way)
			assert.Empty(t, problems)
			assert.Equal(t, want, recs, "%s %s", file, way)
		}
	}
}

func TestWrongInput(t *testing.T) {
	t.Parallel()
	cpu := serialize(t, &profile.Profile{SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}}})
	dump, err := os.ReadFile("testdata/go1.27/goroutine.debug2.txt")
	require.NoError(t, err)
	tests := []struct {
		name, input, want string
	}{
		{"nothing", "", "in.txt: empty"},
		{"nothing, packed", string(packed(t, nil)), "in.txt: empty"},
		{"log", "starting\nlistening on :80\n", "in.txt: no goroutine in this text"},
		{"index page", "\n<!DOCTYPE html>\n<html>", "in.txt: an HTML page; a dump is what /debug/pprof/goroutine?debug=2 answers"},
		{"login page", "<HTML><BODY>", "in.txt: an HTML page; a dump is what /debug/pprof/goroutine?debug=2 answers"},
		{"PowerShell", "\xff\xfeg\x00o\x00", "in.txt: no goroutine in this text"},
		{"program", "\x7fELF\x02\x01\x01\x00\x00\x00", "in.txt: neither text nor a profile: malformed protobuf"},
		{"empty message", "\x00\x00", "in.txt: neither text nor a profile: malformed protobuf"},
		{"CPU profile", cpu, `in.txt: a profile of "samples", "cpu", with no goroutines in it`},
		{"threads", "threadcreate profile: total 8\n8 @\n", `in.txt: a profile of "threadcreate", with no goroutines in it`},
		{"packed twice", string(packed(t, packed(t, dump))), "in.txt: compressed more than once"},
		{"cut in the header", string(packed(t, dump)[:5]), "in.txt: gzip: the stream is cut short"},
		{"damaged header", "\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff", "in.txt: unpacking: gzip: invalid header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := pprofile.NewReader(strings.NewReader(tt.input))
			r.Name = "in.txt"
			recs, problems, err := readAll(r)
			assert.Empty(t, recs)
			assert.Empty(t, problems, "one error says it")
			require.EqualError(t, err, tt.want)
			assert.False(t, r.Scan(), "the end stays the end")
		})
	}
}

// TestCutShort keeps what was read before the end of a damaged stream.
func TestCutShort(t *testing.T) {
	t.Parallel()
	dump, err := os.ReadFile("testdata/go1.27/goroutine.debug1.txt")
	require.NoError(t, err)
	whole := packed(t, bytes.Repeat(dump, 50))
	recs, err := pprofile.Parse(whole[:len(whole)-20])
	golden.Words(t, "cut short", last(err))
	assert.NotEmpty(t, recs)

	recs, err = pprofile.Parse(dump[:len(dump)/2])
	golden.Words(t, "the first line tells that the rest is missing", last(err))
	assert.NotEmpty(t, recs)
}

// last is the last line of an error, which is what ended the reading.
func last(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, "\n")+1:]
}

func TestProblemsInCounts(t *testing.T) {
	t.Parallel()
	const text = `saved by a tool
goroutine profile: total 6
3 @ 0x1 0x2
# labels: {"a":"b", broken}
#	0x2	main.f+0x10	/a b:c/x+0x1.go:7
#	what is this
2 @ 0x3
#	0x9
1 @ 0x4
#	0x4	runtime.main+0x1			runtime/proc.go:1
#	0x5	runtime.goexit+0x1			asm.s:2
tail
1 @
`
	r := pprofile.NewReader(strings.NewReader(text))
	r.Name = "p"
	recs, problems, err := readAll(r)
	require.NoError(t, err)
	golden.Words(t, "problems", problems)
	assert.Equal(t, []pprofile.Record{
		{Count: 3, Goroutine: &stackparse.Goroutine{Line: 3, Frames: []stackparse.Frame{
			{Func: "main.f", Args: "...", File: "/a b:c/x+0x1.go", Line: 7, Offset: 16},
		}}},
		{Count: 2, Goroutine: &stackparse.Goroutine{Line: 7, Frames: []stackparse.Frame{
			{Func: "non-Go function", Args: "pc=0x9"},
		}}},
		{Count: 1, Goroutine: &stackparse.Goroutine{Line: 9, Frames: []stackparse.Frame{
			{Func: "runtime.main", Args: "...", File: "runtime/proc.go", Line: 1, Offset: 1},
			{Func: "runtime.goexit", Args: "...", File: "asm.s", Line: 2, Offset: 1},
		}}},
		{Count: 1, Goroutine: &stackparse.Goroutine{Line: 13}},
	}, recs)
}

// TestFormatNames holds the names that programs print.
func TestFormatNames(t *testing.T) {
	t.Parallel()
	var names []string
	for f := pprofile.FormatUnknown; f <= pprofile.FormatProtobuf; f++ {
		names = append(names, f.String())
	}
	assert.Equal(t, []string{"unknown", "dump", "counts", "protobuf"}, names)
}

// read reads a file of testdata that has no problems.
func read(t *testing.T, release, file string, format pprofile.Format, name string) []pprofile.Record {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", release, file))
	require.NoError(t, err)
	defer f.Close()
	r := pprofile.NewReader(f)
	recs, problems, err := readAll(r)
	require.NoError(t, err)
	assert.Empty(t, problems)
	assert.Equal(t, format, r.Format())
	assert.Equal(t, name, r.Profile())
	return recs
}

func readAll(r *pprofile.Reader) (recs []pprofile.Record, problems []string, err error) {
	for rec, e := range r.All() {
		switch {
		case e == nil:
			recs = append(recs, pprofile.Record{Count: rec.Count, Goroutine: rec.Goroutine.Clone()})
		case e != r.Err():
			problems = append(problems, e.Error())
		}
	}
	return recs, problems, r.Err()
}

func total(recs []pprofile.Record) int64 {
	n := int64(0)
	for _, rec := range recs {
		n += rec.Count
	}
	return n
}

// stacks counts the records by a key, except for that of the goroutine that writes
// the profile: it is elsewhere for each of them.
func stacks(recs []pprofile.Record, key func(*stackparse.Goroutine) string) map[string]int64 {
	counts := map[string]int64{}
	for _, rec := range recs {
		if !slices.ContainsFunc(rec.Goroutine.Frames, func(f stackparse.Frame) bool { return f.Func == "main.write" }) {
			counts[key(rec.Goroutine)] += rec.Count
		}
	}
	return counts
}

func calls(g *stackparse.Goroutine) string {
	var b strings.Builder
	for _, f := range g.Frames {
		fmt.Fprintf(&b, "%s %s:%d\n", f.Func, f.File, f.Line)
	}
	return b.String()
}

func withState(g *stackparse.Goroutine) string { return "[" + g.State + "]\n" + calls(g) }

// labels lists the labels of all records, without empty ones if they are to be
// left out already.
func labels(recs []pprofile.Record, noEmpty bool) (all []string) {
	for _, rec := range recs {
		for _, l := range rec.Goroutine.Labels {
			switch {
			case l.Value != "":
				all = append(all, l.Key+"="+l.Value)
			case noEmpty:
				all = append(all, l.Key+" is empty")
			}
		}
	}
	slices.Sort(all)
	return all
}

func quoteLabels(labels []stackparse.Label) string {
	if labels == nil {
		return ""
	}
	var parts []string
	for _, l := range labels {
		parts = append(parts, fmt.Sprintf("%q:%q", l.Key, l.Value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func packed(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(data)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

func unpacked(data []byte) ([]byte, bool) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	plain, err := io.ReadAll(z)
	return plain, err == nil
}

func serialize(t testing.TB, p *profile.Profile) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, p.Write(&out))
	return out.String()
}
