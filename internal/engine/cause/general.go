package cause

import (
	"slices"
	"sync"
)

// General reports whether c says only what the goroutine waits for: a channel,
// a lock, the time, a connection. Its advice is for the author of the line
// that waits.
func (c *Cause) General() bool { return general()[c.ID] }

var general = sync.OnceValue(func() map[string]bool {
	// These are in tables that are not general as a whole.
	ids := map[string]bool{"other": true, "io-pipe": true, "os-pipe": true, "stdin": true}
	for _, c := range slices.Concat(conns(), wrappers(), clock(), locks(), channels(), states()) {
		ids[c.ID] = true
	}
	delete(ids, "iter-pull") // its fix is for who called iter.Pull
	return ids
})
