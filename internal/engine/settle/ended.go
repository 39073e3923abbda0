package settle

import (
	"strconv"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/wait"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A loop over a ticker ends at its next tick after each test that starts one. A check
// that saw it end need not wait again.

// endings are the places at which goroutines ended by themselves while a check waited.
var endings struct {
	sync.Mutex
	places map[string]bool // false for one at which a goroutine was left as well
}

// maxEndings bounds the places: a program has no more, except for deep recursions.
const maxEndings = 1000

// Ended reports whether goroutines that were started and waited as g does have ended
// by themselves, some time after their test, and none of them did not.
func Ended(g *stackparse.Goroutine) bool {
	endings.Lock()
	defer endings.Unlock()
	return len(endings.places) > 0 && endings.places[standing(g)]
}

// learn records which candidates of the look before have ended. Those that end at
// once were told to stop, and no check waits long for them.
func (s *Settler) learn(before []stackparse.Goroutine, now time.Time) {
	if s.Bubble || now.Sub(s.start) < sourceAfter {
		return
	}
	there := map[int64]bool{} // also what Pick left out this time
	for i := range s.Dump.Goroutines {
		there[s.Dump.Goroutines[i].ID] = true
	}
	for i := range before {
		g := &before[i]
		if w, ok := s.parked[g.ID]; ok {
			g = &w
		}
		if !there[g.ID] && !wait.Runs(g) {
			record(g, true)
		}
	}
}

// record notes whether a goroutine at the place of g ended. One that did not
// counts for more.
func record(g *stackparse.Goroutine, ended bool) {
	endings.Lock()
	defer endings.Unlock()
	if endings.places == nil {
		endings.places = map[string]bool{}
	}
	key := standing(g)
	if all, ok := endings.places[key]; ok {
		endings.places[key] = all && ended
	} else if len(endings.places) < maxEndings {
		endings.places[key] = ended
	}
}

// standing is equal for goroutines that one go statement started and that wait at one
// place.
func standing(g *stackparse.Goroutine) string {
	key := g.State + "\x00" + wait.PlaceKey(g)
	if c := g.Creator; c != nil {
		key += c.Func + "\x00" + c.File + ":" + strconv.Itoa(c.Line)
	}
	return key
}
