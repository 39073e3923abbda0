package survey

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/stackparse"
)

func changes(list []Change) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, fmt.Sprintf("%s:%d %d->%d", c.Goroutine.Frames[0].Func, c.Goroutine.Frames[0].Line, c.Before, c.After))
	}
	return strings.Join(parts, ", ")
}

// Every way in which a kind can change, and ids that stayed.
func TestCompare(t *testing.T) {
	t.Parallel()
	before := goroutine(7, "chan send", "shop.fetch", 41) + goroutine(8, "select", "shop.watch", 12) + goroutine(9, "select", "shop.watch", 12) +
		goroutine(10, "chan receive", "shop.drain", 5) + goroutine(11, "sleep", "shop.tick", 3) + goroutine(12, "running", "shop.run", 9)
	after := goroutine(7, "chan send, 3 minutes", "shop.fetch", 41) + goroutine(20, "chan send", "shop.fetch", 41) + goroutine(21, "chan send", "shop.fetch", 41) +
		goroutine(9, "select", "shop.watch", 12) + goroutine(22, "sync.Mutex.Lock", "shop.lock", 8) + goroutine(11, "sleep", "shop.tick", 3) + goroutine(12, "running", "shop.run", 9)
	by := stackparse.SameLines
	c := Compare(survey(t, Options{By: by}, before).Result(nil), survey(t, Options{By: by}, after).Result(nil), by)
	assert.Equal(t, "shop.lock:8 0->1", changes(c.New))
	assert.Equal(t, "shop.drain:5 1->0", changes(c.Gone))
	assert.Equal(t, "shop.fetch:41 1->3", changes(c.Grown))
	assert.Equal(t, "shop.watch:12 2->1", changes(c.Shrunk))
	assert.Equal(t, 2, c.Same)
	var stuck []string
	for _, s := range c.Stuck {
		stuck = append(stuck, fmt.Sprint(s.Goroutine.Frames[0].Func, s.IDs, s.Group.Count))
	}
	assert.ElementsMatch(t, []string{"shop.fetch[7] 3", "shop.watch[9] 1"}, stuck, "what runs may have moved in between, and what sleeps may have woken")
}

// A profile has no creators: compared with a dump, kinds are distinguished by what
// both have.
func TestCompareByLess(t *testing.T) {
	t.Parallel()
	dump := goroutine(7, "chan send", "shop.fetch", 41) + strings.Replace(goroutine(8, "chan send", "shop.fetch", 41), "shop.Start", "shop.Other", 1)
	profile := strings.ReplaceAll(goroutine(0, "chan send", "shop.fetch", 41), "created by", "never by")
	profile = profile[:strings.Index(profile, "never by")] + "\n"
	before, after := survey(t, Options{}, profile).Result(nil), survey(t, Options{}, dump).Result(nil)
	c := Compare(before, after, stackparse.ByState|stackparse.ByLines)
	assert.Equal(t, "shop.fetch:41 1->2", changes(c.Grown), "two kinds of the dump are one")
	assert.Empty(t, c.New)
	assert.Empty(t, c.Gone)
	assert.Empty(t, c.Stuck)
}
