package selectnodone

// Hits tells how often each page was seen. All goroutines may use it.
type Hits struct {
	seen  chan string
	asked chan question
	done  <-chan struct{} // nil when the counting has no end
}

// question asks for the count of one page. There is room for its answer.
type question struct {
	page  string
	count chan int
}

func newHits(done <-chan struct{}) *Hits {
	return &Hits{seen: make(chan string), asked: make(chan question), done: done}
}

// Add counts one hit. After the end of the counting it does nothing.
func (h *Hits) Add(page string) {
	select {
	case h.seen <- page:
	case <-h.done:
	}
}

// Of returns how often a page was seen, and false after the end of the counting.
func (h *Hits) Of(page string) (int, bool) {
	q := question{page, make(chan int, 1)}
	select {
	case h.asked <- q:
		return <-q.count, true
	case <-h.done:
		return 0, false
	}
}
