package hook

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestConfig: the command bounds the wait of all checks, and gives the advice itself.
func TestConfig(t *testing.T) {
	before := opts
	t.Cleanup(func() { opts = before })
	opts.Wait = 300 * time.Millisecond
	c := config()
	assert.Equal(t, 300*time.Millisecond, c.Wait)
	assert.True(t, c.WaitSet, "also for what is slow to stop")
	assert.True(t, c.NoAdvice, "the command learns more by running tests again")
	opts.Wait = 0
	assert.False(t, config().WaitSet)
}

// test is one that only says what is printed for it.
type test struct {
	checked
	out bytes.Buffer
}

func (t *test) Name() string      { return "TestX" }
func (t *test) Output() io.Writer { return &t.out }

// TestQuiet: what a command reads that takes what a test prints for its failures.
func TestQuiet(t *testing.T) {
	before := opts
	t.Cleanup(func() { opts = before })
	for _, quiet := range []bool{false, true} {
		opts.Tell, opts.Quiet = true, quiet
		p, x := process{leaky: map[string]bool{}}, &test{}
		p.found(x, TestConfig, "a report")
		assert.Equal(t, quiet, x.out.Len() == 0, x.out.String())
		assert.True(t, p.leaky["TestX"])
	}
}
