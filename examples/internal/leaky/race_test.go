package leaky

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

const raceOutput = `==================
WARNING: DATA RACE
Write at 0x00c000018248 by goroutine 10:
  runtime.mapassign_faststr()
      /go/src/internal/runtime/maps/runtime_faststr.go:263 +0x0
  example.com/m/hits.(*Hits).Add()
      C:/m/hits/wrong.go:13 +0x67

Previous write at 0x00c000018248 by goroutine 9:
  example.com/m/hits.(*Hits).Add()
      C:/m/hits/wrong.go:13 +0x67

Goroutine 10 (running) created at:
  testing.(*T).Run()
      /go/src/testing/testing.go:2101 +0x38
==================
==================
WARNING: DATA RACE
==================
--- FAIL: TestHits (0.00s)
    testing.go:1712: race detected during execution of test
FAIL
FAIL	example.com/m/hits	0.097s
FAIL
`

const shortRaceOutput = `==================
WARNING: DATA RACE
Write at 0x00c000018248 by goroutine 10:
...
  hits.(*Hits).Add()
      wrong.go:13 +0x67

Previous write at 0x00c000018248 by goroutine 9:
  hits.(*Hits).Add()
      wrong.go:13 +0x67
...
--- FAIL: TestHits (0.00s)
    testing.go:1712: race detected during execution of test
`

func TestShortRace(t *testing.T) {
	short, err := shortRace(raceOutput, "hits")
	require.NoError(t, err)
	assert.Equal(t, shortRaceOutput, short)

	for why, out := range map[string]string{
		"the test failed without a race": "--- FAIL: TestHits (0.00s)\nFAIL\n",
		"the process ended on the way":   raceOutput[:200],
	} {
		_, err := shortRace(out, "hits")
		golden.Words(t, why, err)
	}
}

const fatalOutput = `fatal error: concurrent map writes

goroutine 8 [running]:
internal/runtime/maps.fatal({0x7d3a0f?, 0x0?})
	/go/src/runtime/panic.go:1181 +0x18
example.com/m/hits.(*Hits).Add(...)
	/m/hits/wrong.go:13
example.com/m/hits.TestHits.func1()
	/m/hits/fatal_test.go:20 +0x5c
sync.(*WaitGroup).Go.func1()
	/go/src/sync/waitgroup.go:239 +0x4a
created by sync.(*WaitGroup).Go in goroutine 7
	/go/src/sync/waitgroup.go:237 +0x73

goroutine 1 [chan receive]:
testing.(*T).Run()
	/go/src/testing/testing.go:2109 +0x4f5
`

const shortFatalOutput = `fatal error: concurrent map writes

goroutine 8 [running]:
...
hits.(*Hits).Add(...)
	wrong.go:13
hits.TestHits.func1()
	fatal_test.go:20 +0x5c
...
`

func TestShortFatal(t *testing.T) {
	for why, before := range map[string]string{
		"at the top":               "",
		"with what the test wrote": "writing\n",
	} {
		short, err := shortFatal(before+fatalOutput, "hits")
		require.NoError(t, err, why)
		assert.Equal(t, shortFatalOutput, short, why)
	}
	_, err := shortFatal("FAIL\n", "hits")
	golden.Words(t, "no fatal error", err)
	_, err = shortFatal("fatal error: all\n", "hits")
	golden.Words(t, "no goroutine", err)
}

// Which of two accesses came first, and where they were, is chance.
func TestPlain(t *testing.T) {
	assert.Equal(t, plain("Read at 0x12 by goroutine 7:\nPrevious write at 0x12 by goroutine 8:\n\ttesting.go:17: +0x67\n"),
		plain("Write at 0xab by goroutine 9:\nPrevious read at 0xab by goroutine 7:\n\ttesting.go:18: +0x79\n"))
	assert.NotEqual(t, plain("wrong.go:13"), plain("wrong.go:14"))
}
