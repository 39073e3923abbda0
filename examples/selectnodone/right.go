package selectnodone

import "context"

// Count begins to count, until ctx is done.
func Count(ctx context.Context) *Hits {
	h := newHits(ctx.Done())
	go h.run()
	return h
}

func (h *Hits) run() {
	counts := map[string]int{}
	for {
		select {
		case page := <-h.seen:
			counts[page]++
		case q := <-h.asked:
			q.count <- counts[q.page]
		case <-h.done:
			return
		}
	}
}
