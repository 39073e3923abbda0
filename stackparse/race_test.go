package stackparse

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readRaces(t testing.TB, src io.Reader) []Race {
	t.Helper()
	var races []Race
	r := NewRaceReader(src)
	for r.Scan() {
		races = append(races, r.Race())
	}
	require.NoError(t, r.Err())
	return races
}

func raceReports(t testing.TB) []string {
	names, err := filepath.Glob("testdata/dumps/*/race_report.txt")
	require.NoError(t, err)
	require.Len(t, names, 5)
	return names
}

// TestCorpusRaces compares every fact of every race report.
func TestCorpusRaces(t *testing.T) {
	t.Parallel()
	for _, name := range raceReports(t) {
		f := readFacts(t, name)
		text := readDump(t, name)
		require.NotZero(t, f.Races)
		for how, dump := range map[string][]byte{"plain": text, "docker": wrap(text, 1), "go test -json": wrap(text, 6), "CRLF": wrap(text, 10)} {
			races := readRaces(t, bytes.NewReader(dump))
			require.Len(t, races, f.Races, "%s: %s", name, how)
			for i, race := range races {
				compareRace(t, f.Reports[i], race)
			}
			assert.Equal(t, races, readRaces(t, iotest.OneByteReader(bytes.NewReader(dump))))
		}
		r := NewReader(bytes.NewReader(text))
		assert.False(t, r.Scan(), "these are no goroutines")
		assert.Equal(t, f.Races, r.Races())
	}
}

// compareRace prints the heads of a report's stacks as the detector does.
func compareRace(t *testing.T, want []raceFacts, got Race) {
	t.Helper()
	require.Len(t, want, len(got.Accesses)+len(got.Goroutines))
	for i, a := range got.Accesses {
		verb, by := "read", "main goroutine"
		if a.Write {
			verb = "write"
		}
		if a.Previous {
			verb = "previous " + verb
		}
		if a.Goroutine > 0 {
			by = fmt.Sprint("goroutine ", a.Goroutine)
		}
		head := strings.ToUpper(verb[:1]) + verb[1:] + fmt.Sprintf(" at 0x%012x by %s:", a.Addr, by)
		compareStack(t, want[i], head, a.Frames)
	}
	for i, g := range got.Goroutines {
		state := "running"
		if g.Finished {
			state = "finished"
		}
		compareStack(t, want[len(got.Accesses)+i], fmt.Sprintf("Goroutine %d (%s) created at:", g.Number, state), g.Frames)
	}
}

func compareStack(t *testing.T, want raceFacts, head string, frames []Frame) {
	t.Helper()
	var funcs []string
	for _, f := range frames {
		funcs = append(funcs, f.Func)
		assert.NotEmpty(t, f.File)
		assert.NotZero(t, f.Line)
	}
	assert.Equal(t, want, raceFacts{head, len(frames), funcs})
}

func TestRaceParts(t *testing.T) {
	t.Parallel()
	const report = `==================
WARNING: DATA RACE
Read at 0x00c000010000 by main goroutine:
  [failed to restore the stack]

Previous write at 0x00c000010000 by goroutine 7:
  main.(*T).f()
      /src/a b:1/x.go:12 +0x2a

Goroutine 7 (finished) created at:
  [failed to restore the stack]

Global var main.count of size 8 at 0x000000601234 declared at /src/x.go:3
  main.ghost()
      /src/x.go:1 +0x1
==================
Found 1 data race(s)
`
	races := readRaces(t, strings.NewReader("log\n"+report+report[:60]))
	require.Len(t, races, 2)
	assert.Equal(t, Race{
		Line: 3,
		Accesses: []RaceAccess{
			{Addr: 0xc000010000, StackLost: true},
			{Addr: 0xc000010000, Write: true, Previous: true, Goroutine: 7, Frames: []Frame{{Func: "main.(*T).f", File: "/src/a b:1/x.go", Line: 12, Offset: 0x2a}}},
		},
		Goroutines: []RaceGoroutine{{Number: 7, Finished: true, StackLost: true}},
		Other:      []string{"Global var main.count of size 8 at 0x000000601234 declared at /src/x.go:3"},
	}, races[0])
	assert.Equal(t, []string{"Read at 0x00c000010000"}, races[1].Other, "a report that was cut off")
	assert.Empty(t, races[1].Accesses)
}

func TestRaceReaderErrors(t *testing.T) {
	t.Parallel()
	r := NewRaceReader(io.MultiReader(strings.NewReader("WARNING: DATA RACE\nRead at 0x1 by goroutine 7:\n"), iotest.ErrReader(iotest.ErrTimeout)))
	require.True(t, r.Scan())
	assert.Len(t, r.Race().Accesses, 1)
	assert.False(t, r.Scan())
	assert.ErrorIs(t, r.Err(), iotest.ErrTimeout)
}

func FuzzRaces(f *testing.F) {
	for _, name := range raceReports(f) {
		text := readDump(f, name)
		f.Add(text)
		f.Add(wrap(text, 6))
		f.Add(wrap(text, 2))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 {
			return
		}
		races := readRaces(t, bytes.NewReader(text))
		require.Equal(t, races, readRaces(t, iotest.OneByteReader(bytes.NewReader(text))))
		n := 0
		for _, race := range races {
			n += 64 + 64*len(race.Accesses) + 48*len(race.Goroutines) + 16*len(race.Other)
		}
		require.LessOrEqual(t, n, 32*len(text))
	})
}
