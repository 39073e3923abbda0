package load

import "github.com/leakcheck-go/goroutine/stackparse/pprofile"

// markLeaked marks as many goroutines of the record as the leak profile had
// with this stack. They are a part of those in the goroutine profile, which was
// taken after it, so where it is not all of them the record becomes two.
func (in *Input) markLeaked() {
	n := in.leaked.Take(in.record.Goroutine, in.record.Count)
	if n == 0 {
		return
	}
	if rest := in.record.Count - n; rest > 0 {
		in.pending = &pprofile.Record{Count: rest, Goroutine: in.record.Goroutine.Clone()}
	}
	in.record.Count = n
	in.record.Goroutine.Leaked = true
}
