package live

import (
	"context"
	"fmt"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/service/trend"
)

// normal is what somebody has called the normal goroutines of the process.
type normal struct {
	at     time.Time
	counts map[string]int // by place
}

// maxNormal bounds the places that are kept, those with most goroutines first.
const maxNormal = 10_000

// KeepNormal records that all is well now, or was at a look that is not older than
// the interval. Later looks put the places last that have as many goroutines as
// then, and say how many more the others have. Goroutines that are proven,
// unreachable or growing are not normal. The result is the look as it is seen from
// now on. The error is that of [Surveyor.Look].
func (s *Surveyor) KeepNormal(ctx context.Context) (*Survey, error) { return s.setNormal(ctx, true) }

// ForgetNormal undoes KeepNormal.
func (s *Surveyor) ForgetNormal(ctx context.Context) (*Survey, error) { return s.setNormal(ctx, false) }

func (s *Surveyor) setNormal(ctx context.Context, keep bool) (*Survey, error) {
	v, err := s.Look(ctx, Ask{})
	if err != nil {
		return nil, err
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.normal = nil
	if keep {
		s.normal = &normal{at: v.Taken, counts: placed(v.All)}
		s.normal.bound()
	}
	// The same goroutines, seen in another way: who asks often costs no further looks.
	again := &Survey{Taken: v.Taken, Took: v.Took, Full: v.Full, Proof: v.Proof}
	if err := s.build(again, v.All, s.of().inFlight()); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.full = again, nil
	return again, nil
}

func (n *normal) bound() {
	if len(n.counts) <= maxNormal {
		return
	}
	for _, place := range byCount(n.counts)[maxNormal:] {
		delete(n.counts, place)
	}
}

// compare says how the goroutines at a place compare with what is normal. The grade
// of p is known.
func (n *normal) compare(key string, p *group) {
	if n == nil {
		return
	}
	was := n.counts[key]
	at := n.at.UTC().Format("15:04 UTC")
	if trend.Normal(int64(was), int64(p.count)) && p.proven == 0 && p.grade < cause.Growing {
		p.normal = true
		p.course.phrase = fmt.Sprintf("as normal: %d at %s", was, at)
		return
	}
	p.beyond = p.count - was
	remark := fmt.Sprintf("new since %s, when the numbers were normal", at)
	if was > 0 {
		remark = fmt.Sprintf("%d more than the %d that were normal at %s", p.beyond, was, at)
	}
	if p.beyond <= 0 {
		return // fewer, and proven or growing
	}
	if p.course.phrase != "" {
		remark += "; " + p.course.phrase
	}
	p.course.phrase = remark
}
