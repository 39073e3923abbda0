// Package trend tells from samples of a process which kinds of its goroutines
// grow in number.
//
// Numbers of goroutines go up and down with the load, rise while a process warms
// up, and jump when work comes in batches. A leak does none of these: it goes up
// and stays. So the samples of a kind are divided into blocks, and the minimum of
// each block is its floor, which a spike does not move. The kind grows if each of
// the last four floors is above the one before, the last one is above all there
// were, and the four rise by more than three times the largest drop from one
// sample to the next: a number that goes up and down does not rise by more than
// it falls. Blocks are tried from one sample up to a quarter of all, so that a
// fast leak shows soon, and a slow one or one in batches some time later. Old
// samples are forgotten, and with them both the floors and the falls.
//
// A process that was restarted begins at zero. [History.Add] recognizes that
// and forgets what was before.
//
// Only [Loop] uses a clock, which package testing/synctest can drive. The
// package does not know where samples come from.
package trend

import (
	"cmp"
	"maps"
	"slices"
)

const (
	// Least is the least number of samples that can show growth. With fewer,
	// what goes up by chance has not had the time to fall.
	Least = 10

	blocks = 4 // that have to rise
	breath = 3 // how many falls a rise has to outdo; random numbers do so once in 20,000 looks

	// Keep is how many samples are remembered.
	Keep = 120

	// maxKinds bounds the kinds that are followed.
	maxKinds = 20_000
)

// DefaultStep is the least growth of a kind that counts, in goroutines.
const DefaultStep = 3

// Sample is a look at a process.
type Sample struct {
	Total int64            // goroutines, whether or not they are of a kind that is followed
	MaxID int64            // the largest id of a goroutine; 0 where ids are not known
	Kinds map[string]int64 // how many there are of each kind
}

// History is what samples of one process have shown so far. The zero value is
// ready to use.
type History struct {
	Step int64 // the least growth that counts; 0 is [DefaultStep]

	samples  int // remembered
	totals   []int64
	maxID    int64
	kinds    map[string][]int64 // as many numbers each as there are samples
	missed   bool               // the last attempt has failed
	Restarts int                // how often the process was restarted
}

// Miss notes that a sample could not be taken.
func (h *History) Miss() { h.missed = true }

// Add takes a sample. It returns true if the process was restarted since
// the one before, so that the history begins with this one.
func (h *History) Add(s Sample) (restarted bool) {
	if restarted = h.restarted(s); restarted {
		*h = History{Step: h.Step, Restarts: h.Restarts + 1}
	}
	h.missed, h.maxID = false, s.MaxID
	if h.kinds == nil {
		h.kinds = map[string][]int64{}
	}
	for key, numbers := range h.kinds {
		h.kinds[key] = append(numbers, s.Kinds[key])
	}
	for key, n := range s.Kinds {
		if _, ok := h.kinds[key]; !ok && len(h.kinds) < maxKinds {
			h.kinds[key] = append(make([]int64, h.samples, h.samples+1), n)
		}
	}
	h.totals = append(h.totals, s.Total)
	h.samples++
	h.forget()
	return restarted
}

// restarted tells whether s is of another process than the samples before. In
// one process the largest id goes up, since who takes the sample is served by a
// new goroutine; but each processor has a batch of 16 ids to give out. Where
// ids are not known, a process seldom loses half of its goroutines between two
// looks.
func (h *History) restarted(s Sample) bool {
	if h.samples == 0 {
		return false
	}
	const batches = 16 * 256 // of as many processors
	last := h.totals[len(h.totals)-1]
	switch {
	case s.MaxID != 0 && s.MaxID >= h.maxID && h.maxID != 0:
		return false
	case s.MaxID != 0 && s.MaxID+batches < h.maxID:
		return true
	case h.missed:
		return s.Total < last
	}
	const few = 20 // that may well be gone by themselves
	return last-s.Total > few && s.Total < last/2
}

// forget drops the oldest sample when there is one too many, and the kinds of
// which none is left.
func (h *History) forget() {
	if h.samples <= Keep {
		return
	}
	h.samples--
	h.totals = h.totals[1:]
	for key, numbers := range h.kinds {
		h.kinds[key] = numbers[1:]
	}
	maps.DeleteFunc(h.kinds, func(_ string, numbers []int64) bool { return slices.Max(numbers) <= 0 })
}

// Totals returns the numbers of all goroutines, the oldest first. The slice is
// only to be read, and only until the next Add.
func (h *History) Totals() []int64 { return h.totals }

// Numbers returns the numbers of a kind, in the manner of Totals; nil for one
// that was never there.
func (h *History) Numbers(key string) []int64 { return h.kinds[key] }

// Growth is a kind that grows.
type Growth struct {
	Key string
	By  int64 // from the lowest floor to the highest
}

// Growing returns the kinds that grow, what has grown most first.
func (h *History) Growing() []Growth {
	var out []Growth
	for key, numbers := range h.kinds {
		if by := Rise(numbers, cmp.Or(h.Step, DefaultStep)); by > 0 {
			out = append(out, Growth{key, by})
		}
	}
	slices.SortFunc(out, func(a, b Growth) int { return cmp.Or(cmp.Compare(b.By, a.By), cmp.Compare(a.Key, b.Key)) })
	return out
}

// Rise returns by how much numbers have grown, 0 if they do not grow or by less
// than step.
func Rise(numbers []int64, step int64) int64 {
	if len(numbers) < Least {
		return 0
	}
	most := fall(numbers)
	for size := 1; size <= len(numbers)/blocks; size++ {
		if by := climb(numbers, size); by >= step && by > breath*most {
			return by
		}
	}
	return 0
}

// climb returns how far the floors of the last blocks rise, 0 if one does not
// or if they were higher before.
func climb(numbers []int64, size int) int64 {
	n := len(numbers)
	floor := func(back int) int64 { return slices.Min(numbers[n-(back+1)*size : n-back*size]) }
	for back := range blocks - 1 {
		if floor(back) <= floor(back+1) {
			return 0
		}
	}
	for back := blocks; (back+1)*size <= n; back++ {
		if floor(back) >= floor(0) {
			return 0
		}
	}
	return floor(0) - floor(blocks-1)
}

// fall returns the most that numbers have fallen from one to the next.
func fall(numbers []int64) int64 {
	most := int64(0)
	for i := 1; i < len(numbers); i++ {
		most = max(most, numbers[i-1]-numbers[i])
	}
	return most
}

// Normal reports whether n goroutines of a kind are as many as the was of a time or a
// process where all was well. Load moves the numbers a little, by a quarter or by a few;
// a kind that was not there at all is never normal.
func Normal(was, n int64) bool { return was > 0 && n-was <= max(was/4, 9) }
