package wait_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A leak profile counts goroutines by stack and labels, and so many of them are
// proven, whichever these are.
func TestProven(t *testing.T) {
	t.Parallel()
	at := func(line int, labels ...stackparse.Label) *stackparse.Goroutine {
		return &stackparse.Goroutine{Labels: labels, Frames: []stackparse.Frame{{Func: "shop.send", File: "/shop/send.go", Line: line}}}
	}
	p := wait.Proven{}
	p.Add(at(7), 3)
	p.Add(at(7), 2)
	p.Add(at(8), -1)
	p.Add(&stackparse.Goroutine{}, 1)
	assert.Len(t, p, 1, "a negative count and a record without calls say nothing")
	again := p.Clone()
	assert.Zero(t, p.Take(at(8), 9), "another line")
	assert.Zero(t, p.Take(at(7, stackparse.Label{Key: "k", Value: "v"}), 9), "other labels")
	assert.Equal(t, int64(4), p.Take(at(7), 4))
	assert.Equal(t, int64(1), p.Take(at(7), 4), "no more than are left")
	assert.Zero(t, p.Take(at(7), 4))
	assert.Equal(t, int64(5), again.Take(at(7), 9), "the copy has them all")
}
