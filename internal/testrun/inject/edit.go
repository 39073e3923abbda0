package inject

import (
	"cmp"
	"slices"
)

// Edit replaces the bytes from offset Pos up to End by Text. Where Pos is End, it
// inserts.
type Edit struct {
	Pos, End int
	Text     string
}

// Splice returns src with edits applied, those of one place in their order. An edit
// inside of an earlier one is dropped: what moved from there was rewritten where it
// moved to.
func Splice(src []byte, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Pos, b.Pos) })
	var out []byte
	done := 0
	for _, e := range edits {
		if e.Pos < done {
			continue
		}
		out = append(out, src[done:e.Pos]...)
		out = append(out, e.Text...)
		done = e.End
	}
	return append(out, src[done:]...)
}
