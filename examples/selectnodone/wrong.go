package selectnodone

// CountWrong begins to count. It leaks the goroutine that does so.
func CountWrong() *Hits {
	h := newHits(nil)
	go h.runWrong() // want "started"
	return h
}

func (h *Hits) runWrong() {
	counts := map[string]int{}
	for {
		select { // want "at: select-no-exit"
		case page := <-h.seen:
			counts[page]++
		case q := <-h.asked:
			q.count <- counts[q.page]
		}
	}
}
