package resource

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What ps prints has a date of five words between the state and the command.
func TestParsePS(t *testing.T) {
	t.Parallel()
	const out = `  310     1 Ss   Mon Nov  2 10:00:00 2026     /sbin/daemon
  411   400 S+   Mon Nov  2 10:00:01 2026     /bin/sleep 60
  412   400 Z    Mon Nov  2 10:00:02 2026     (sleep)
  413   400 S    Mon Nov  2 10:00:02 2026
nonsense
`
	things := parsePS(out, 400)
	assert.Len(t, things, 3, "the daemon is another process's child")
	assert.Equal(t, "/bin/sleep 60", things[0].What)
	assert.Equal(t, 411, things[0].Number)
	assert.False(t, things[0].Ended)
	assert.True(t, things[1].Ended, "Z is a process that nobody waited for")
	assert.NotEqual(t, things[0].ID, things[1].ID)
	again := parsePS(`  411   400 S+   Mon Nov  2 11:00:01 2026     /bin/sleep 60`, 400)
	assert.NotEqual(t, things[0].ID, again[0].ID, "a number that is used again is another process")
}

// Beyond keeps an order that reports can be compared by.
func TestBeyond(t *testing.T) {
	t.Parallel()
	a, b := Thing{ID: ID{Number: 9}}, Thing{ID: ID{Number: 4, Child: true}}
	c, d := Thing{ID: ID{Number: 7, Serial: 1}}, Thing{ID: ID{Number: 7, Serial: 2}}
	s := Set{a.ID: a, b.ID: b, c.ID: c, d.ID: d}
	assert.Equal(t, []Thing{d, a, b}, s.Beyond(Set{c.ID: c}), "descriptors first, each by its number")
	assert.Empty(t, s.Beyond(s))
}
