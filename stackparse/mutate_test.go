package stackparse

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mutants are dumps of about 20 kB with all sorts of goroutines in them.
func mutants(t testing.TB) map[string][]byte {
	dumps := make(map[string][]byte)
	for _, name := range []string{"go1.27/http_server", "go1.26/labels_on", "go1.27/names_sigquit", "go1.21/deep_recursion_stack"} {
		dumps[name] = readDump(t, "testdata/dumps/"+name+".txt")
	}
	return dumps
}

// span is a goroutine and where it stands in a dump, from its header to the
// empty line after it.
type span struct {
	start, end int
	g          Goroutine
}

// spansOf finds the goroutines of a dump apart from the Reader's own count of
// lines.
func spansOf(t testing.TB, dump []byte) []span {
	gs, _ := Parse(dump)
	gs = withoutLines(gs)
	var spans []span
	for at := 0; at < len(dump); {
		end := len(dump)
		if i := bytes.Index(dump[at:], []byte("\n\n")); i >= 0 {
			end = at + i + 2
		}
		if isHeader(bytes.SplitN(dump[at:end], []byte("\n"), 2)[0]) {
			spans = append(spans, span{at, end, gs[len(spans)]})
		}
		at = end
	}
	require.Len(t, spans, len(gs))
	return spans
}

// TestCutEverywhere cuts dumps at each byte: all goroutines before are there
// and the same, and the last one is said to be cut if it is.
func TestCutEverywhere(t *testing.T) {
	t.Parallel()
	for name, dump := range mutants(t) {
		spans := spansOf(t, dump)
		silent := 0
		step := 1
		if name != "go1.27/http_server" || raceEnabled {
			step = 29 // one dump is enough, and that takes its time
		}
		for cut := 0; cut < len(dump); cut += step {
			gs, err := Parse(dump[:cut])
			whole := 0
			for whole < len(spans) && spans[whole].end <= cut {
				whole++
			}
			require.GreaterOrEqual(t, len(gs), whole, "%s cut at %d", name, cut)
			require.LessOrEqual(t, len(gs), whole+1)
			for i := range whole {
				if !sameGoroutine(&spans[i].g, &gs[i]) {
					require.Equal(t, spans[i].g, gs[i], "%s cut at %d", name, cut)
				}
			}
			if len(gs) > whole {
				last := gs[whole]
				assert.Equal(t, spans[whole].g.ID/pow10(spans[whole].g.ID, last.ID), last.ID)
				if !sameGoroutine(&spans[whole].g, &last) && !last.Truncated && err == nil {
					silent++
				}
			}
		}
		// A cut at the end of a place or within its last number cannot be seen.
		t.Logf("%s: %d of %d cuts within a goroutine are not noticed", name, silent, len(dump)/step)
		assert.Less(t, silent, len(dump)/step/5, name)
	}
}

// pow10 returns by what id was divided when its last digits were cut.
func pow10(id, cut int64) int64 {
	n := int64(1)
	for id/n > cut && n < 1<<40 {
		n *= 10
	}
	return n
}

// TestDamageStaysInPlace changes lines and bytes of one goroutine after the
// other: all the others are there and the same.
func TestDamageStaysInPlace(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	damages := map[string]func(text []byte) []byte{
		"shuffled lines": func(text []byte) []byte {
			lines := bytes.Split(text, []byte("\n"))
			rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
			return bytes.Join(lines, []byte("\n"))
		},
		"a flipped bit": func(text []byte) []byte {
			text[rnd.IntN(len(text))] ^= 1 << rnd.IntN(8)
			return text
		},
		"a random byte": func(text []byte) []byte {
			text[rnd.IntN(len(text))] = byte(rnd.IntN(256))
			return text
		},
		"a lost piece": func(text []byte) []byte {
			at := rnd.IntN(len(text))
			return slices.Delete(text, at, min(len(text), at+1+rnd.IntN(40)))
		},
		"a doubled line": func(text []byte) []byte {
			lines := bytes.Split(text, []byte("\n"))
			i := rnd.IntN(len(lines))
			return bytes.Join(slices.Insert(lines, i, lines[i]), []byte("\n"))
		},
		"noise": func(text []byte) []byte {
			at := rnd.IntN(len(text))
			return slices.Insert(text, at, []byte("\nexit (status) 2: goroutine 5 is [late]\n\t\x00\xff\n")...)
		},
	}
	checked, rounds := 0, 5
	if raceEnabled {
		rounds = 1
	}
	for name, dump := range mutants(t) {
		spans := spansOf(t, dump)
		for damage, change := range damages {
			for n := range rounds * len(spans) {
				i := n % len(spans)
				s := spans[i]
				body := s.end - 2 // the empty line stays: it is the neighbour's protection
				text := change(bytes.Clone(dump[s.start:body]))
				broken := slices.Concat(dump[:s.start], text, dump[body:])
				gs, _ := Parse(broken)
				checked += others(t, spans, i, withoutLines(gs), name+": "+damage)
			}
		}
	}
	assert.Greater(t, checked, rounds*4_000, "goroutines compared")
}

// others looks for all goroutines but the one with index damaged, in order.
func others(t *testing.T, spans []span, damaged int, gs []Goroutine, what string) int {
	t.Helper()
	n, at := 0, 0
	for i, s := range spans {
		if i == damaged {
			continue
		}
		for at < len(gs) && !sameGoroutine(&s.g, &gs[at]) {
			at++
		}
		require.Less(t, at, len(gs), "%s: goroutine %d lost after damage to %d", what, s.g.ID, spans[damaged].g.ID)
		at++
		n++
	}
	return n
}

// TestShuffledGoroutines: their order does not matter, nor does what is between
// them.
func TestShuffledGoroutines(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, dump := range mutants(t) {
		spans := spansOf(t, dump)
		for range 20 {
			rnd.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
			var b strings.Builder
			var want []Goroutine
			for i, s := range spans {
				b.Write(dump[s.start:s.end])
				b.WriteString([]string{"", "\n", "2026/01/02 GET /x (200)\n", "exit status 2\n\n\tgoroutine\n"}[i%4])
				want = append(want, s.g)
			}
			gs, _ := Parse([]byte(b.String()))
			require.Equal(t, want, withoutLines(gs), name)
		}
	}
}
