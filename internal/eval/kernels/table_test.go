package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

func TestRowAdd(t *testing.T) {
	t.Parallel()
	r := row{kernel: kernel{"K", "goker"}, mode: started}
	r.add(trial{verdict: noLeak, took: time.Hour})
	assert.Equal(t, "K | goker | started | no leak | 0/1 |  |  | ", r.String())
	r.add(trial{verdict: found, took: 3 * time.Millisecond, causes: []string{"a"}, detail: "1 left"})
	r.add(trial{verdict: found, took: 2 * time.Millisecond, causes: []string{"b"}})
	assert.Equal(t, "K | goker | started | found | 2/3 | 3ms | a; b | 1 left", r.String(), "the slowest of equals, and every cause")
	r.add(trial{verdict: missed, took: time.Millisecond, causes: []string{"b"}, detail: "2 left"})
	assert.Equal(t, "K | goker | started | missed | 3/4 | 1ms | b; a | 2 left", r.String(), "one miss is not made good by what was found")
}

func TestTable(t *testing.T) {
	t.Parallel()
	good := row{kernel: kernel{"A", "simple"}, mode: started, tries: 2, leaked: 1, trial: trial{verdict: found, took: 4 * time.Millisecond, causes: []string{"a|b"}}}
	hung := row{kernel: kernel{"A", "simple"}, mode: called, tries: 1, leaked: 1, trial: trial{verdict: undecided, took: time.Second, causes: []string{"c"}, detail: "it waits"}}
	rare := row{kernel: kernel{"B", "goker"}, mode: started, tries: 5}
	tab := table{version: "go version go1.26.8 linux/amd64", experiment: "x", rows: []row{good, hung, rare}}
	assert.True(t, tab.ok(), "without a proof nothing is to be done")

	var b strings.Builder
	tab.markdown(&b)
	assert.Equal(t, `go version go1.26.8 linux/amd64, GOEXPERIMENT=x

- started: 2 kernels, 1 no leak, 1 found
- called: 1 kernels, 1 undecided
- called A: undecided: it waits

| kernel | family | started | called | causes printed |
|---|---|---|---|---|
| A | simple | found, 4ms (leaked in 1 of 2 runs) | undecided, 1s | a\|b; c |
| B | goker | no leak in 5 runs |  |  |
`, b.String())

	b.Reset()
	tab.text(&b)
	assert.Contains(t, b.String(), "kernel  family  mode     verdict    leaked  time  causes  detail\n")
	assert.Contains(t, b.String(), "started: 2 kernels, 1 no leak, 1 found\n")

	for _, v := range []verdict{partly, wrong, missed, broken} {
		tab.rows[1].verdict = v
		assert.False(t, tab.ok(), v)
	}
}

func TestCompared(t *testing.T) {
	t.Parallel()
	result := func(name string, v verdict, proven, certain int, took time.Duration) row {
		return row{kernel: kernel{name: name}, mode: started,
			trial: trial{verdict: v, left: 2, proves: true, proven: proven, certain: certain, took: took, detail: "2 left"}}
	}
	tab := table{rows: []row{result("Same", found, 3, 3, 0), result("Fewer", found, 2, 1, 0), result("More", found, 0, 1, 0),
		result("Slow", explained, 0, 0, 6*time.Second)}}
	assert.Nil(t, tab.compared(), "the checker had the proof")
	tab.evidence = byHeap
	golden.Words(t, "late", tab.compared())

	// Without a proof, what was left has to be unreachable.
	plain := result("Held", found, 0, 1, 0)
	plain.proves = false
	tab.rows = []row{plain}
	golden.Words(t, "differs", tab.compared())
}
