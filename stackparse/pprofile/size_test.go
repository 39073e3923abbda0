package pprofile_test

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// TestLimits reads small inputs that unpack to large ones.
func TestLimits(t *testing.T) {
	t.Parallel()
	header := serializePlain(t, &profile.Profile{SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}}})
	shared := &profile.Profile{SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}}, Function: []*profile.Function{{ID: 1, Name: "main.f"}}}
	shared.Location = []*profile.Location{{ID: 1, Line: slices.Repeat([]profile.Line{{Function: shared.Function[0], Line: 1}}, 1000)}}
	for range 1000 {
		shared.Sample = append(shared.Sample, &profile.Sample{Value: []int64{1}, Location: shared.Location})
	}
	tests := []struct {
		name  string
		input string
	}{
		{"samples that share a long stack", serializePlain(t, shared)},
		{"empty samples", header + strings.Repeat("\x12\x00", 1<<20)},
		{"empty labels", header + "\x12\x80\x80\x20" + strings.Repeat("\x1a\x00", 1<<18)},
		{"empty lines", header + "\x22\x80\x80\x20" + strings.Repeat("\x22\x00", 1<<18)},
		{"packed calls", header + "\x12\x85\x80\x80\x01\x0a\x80\x80\x80\x01" + strings.Repeat("\x01", 1<<21)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := pprofile.NewReader(bytes.NewReader(packed(t, []byte(tt.input))))
			r.MaxMemory = 4 << 20
			assert.False(t, r.Scan())
			golden.Words(t, "too large", r.Err())
		})
	}
}

// TestLongStack reads a sample that repeats one call.
func TestLongStack(t *testing.T) {
	t.Parallel()
	fn := &profile.Function{ID: 1, Name: "main.f", Filename: "f.go"}
	deep := &profile.Location{ID: 1}
	for range 300 {
		deep.Line = append(deep.Line, profile.Line{Function: fn, Line: 3})
	}
	s := &profile.Sample{Value: []int64{1}}
	for range 300 {
		s.Location = append(s.Location, deep)
	}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}},
		Sample:     []*profile.Sample{s}, Location: []*profile.Location{deep}, Function: []*profile.Function{fn},
	}
	recs, problems, err := readAll(pprofile.NewReader(strings.NewReader(serialize(t, p))))
	require.NoError(t, err)
	golden.Words(t, "deep", problems)
	assert.Len(t, recs[0].Goroutine.Frames, 10000)
}

// TestConstantMemory reads a long text that is never there as a whole.
//
// It is not parallel: it measures the memory of the process.
func TestConstantMemory(t *testing.T) {
	record := "1 @ 0x1 0x2 0x3\n#\t0x2\tmain.f+0x10\t/src/f.go:7\n\n"
	for _, head := range []string{"goroutine profile: total 0\n", ""} {
		if head == "" {
			record = "goroutine 7 [select]:\nmain.f()\n\t/src/f.go:7 +0x10\n\n"
		}
		in := io.MultiReader(strings.NewReader(head), io.LimitReader(&repeated{text: record}, textSize/len64(record)*len64(record)))
		r := pprofile.NewReader(in)
		n, most := 0, uint64(0)
		for r.Scan() {
			if n++; n%(1<<18) == 1 {
				most = max(most, inUse())
			}
		}
		require.NoError(t, r.Err())
		assert.Equal(t, textSize/len(record), n)
		assert.Less(t, most, uint64(64<<20))
	}
}

func len64(s string) int64 { return int64(len(s)) }

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// repeated is a text without an end.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], r.text[r.at:])
		n, r.at = n+m, (r.at+m)%len(r.text)
	}
	return n, nil
}

func serializePlain(t *testing.T, p *profile.Profile) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, p.WriteUncompressed(&out))
	return out.String()
}
