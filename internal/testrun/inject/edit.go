package inject

import (
	"cmp"
	"slices"
)

// edit replaces the bytes from offset pos up to end by text. Where pos is end,
// it inserts.
type edit struct {
	pos, end int
	text     string
}

// splice returns src with edits, which must not overlap, applied. Edits of one
// place are applied in their order.
func splice(src []byte, edits []edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.pos, b.pos) })
	var out []byte
	done := 0
	for _, e := range edits {
		out = append(out, src[done:e.pos]...)
		out = append(out, e.text...)
		done = e.end
	}
	return append(out, src[done:]...)
}
