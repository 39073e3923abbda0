package load

import (
	"strconv"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// leaks counts the goroutines of a leak profile by their stack.
type leaks map[string]int64

// add counts a record of a leak profile.
func (l leaks) add(r *pprofile.Record) {
	if r.Count > 0 {
		l[stackKey(r.Goroutine)] += r.Count
	}
}

// stackKey is equal for equal stacks with equal labels.
func stackKey(g *stackparse.Goroutine) string {
	var b []byte
	for i := range g.Frames {
		f := &g.Frames[i]
		b = append(append(append(b, f.Func...), 0), f.File...)
		b = append(strconv.AppendInt(append(b, ':'), int64(f.Line), 10), 0)
	}
	for _, label := range g.Labels {
		b = append(append(append(append(b, label.Key...), '='), label.Value...), 0)
	}
	return string(b)
}

// markLeaked marks as many goroutines of the record as the leak profile had
// with this stack. They are a part of those in the goroutine profile, which was
// taken after it, so where it is not all of them the record becomes two.
func (in *Input) markLeaked() {
	if len(in.leaked) == 0 || in.record.Count <= 0 {
		return
	}
	key := stackKey(in.record.Goroutine)
	n := min(in.leaked[key], in.record.Count)
	if n == 0 {
		return
	}
	in.leaked[key] -= n
	if rest := in.record.Count - n; rest > 0 {
		in.pending = &pprofile.Record{Count: rest, Goroutine: in.record.Goroutine.Clone()}
	}
	in.record.Count = n
	in.record.Goroutine.Leaked = true
}
