package survey

import (
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Share is how many goroutines of a kind one of several dumps has.
type Share struct {
	Dump  string // its name
	Count int64
}

// spread counts the goroutines of each kind by the dump that they came from.
type spread struct {
	dumps []string               // that were begun, in their order
	kinds map[uint64]*kindShares // by the hash of what they have in common
	size  int                    // shares in all
	many  bool                   // there are too many: nothing is known
}

// kindShares are those of one kind, in the order of the dumps.
type kindShares struct {
	dump  []int32
	count []int64
}

// maxShares bounds the shares that are kept: a thousand kinds in a thousand dumps.
const maxShares = 1 << 20

// Begin says which dump the goroutines that follow come from. With several dumps,
// the kinds say in which of them they are.
func (s *Survey) Begin(dump string) { s.spread.dumps = append(s.spread.dumps, dump) }

// share counts n goroutines like g for the dump that was begun last.
func (s *Survey) share(g *stackparse.Goroutine, n int64) {
	p := &s.spread
	if p.many || len(p.dumps) == 0 {
		return
	}
	key := s.hash(s.o.By, g)
	k := p.kinds[key]
	if k == nil {
		if p.kinds == nil {
			p.kinds = map[uint64]*kindShares{}
		}
		k = &kindShares{}
		p.kinds[key] = k
	}
	now := int32(len(p.dumps) - 1)
	if len(k.dump) == 0 || k.dump[len(k.dump)-1] != now {
		k.dump, k.count = append(k.dump, now), append(k.count, 0)
		p.size++
	}
	k.count[len(k.count)-1] += n
	if p.size > maxShares || len(p.kinds) > maxKept {
		*p = spread{many: true}
	}
}

// shares are those of the kind that g is of.
func (s *Survey) shares(g *stackparse.Goroutine) []Share {
	if s.spread.kinds == nil {
		return nil
	}
	k := s.spread.kinds[s.hash(s.o.By, g)]
	if k == nil {
		return nil
	}
	out := make([]Share, len(k.dump))
	for i := range k.dump {
		out[i] = Share{Dump: s.spread.dumps[k.dump[i]], Count: k.count[i]}
	}
	return out
}
