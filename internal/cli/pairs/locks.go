package pairs

import (
	"runtime"
	"sync"
)

type stock struct {
	mu    sync.RWMutex
	items []string
}

func (s *stock) count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.items)
}

func (s *stock) add(item string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
}

// meanwhile lets a writer come, and returns once it waits for the reader that
// calls it.
func (s *stock) meanwhile() {
	go s.add("apple")
	for s.mu.TryRLock() {
		s.mu.RUnlock()
		runtime.Gosched()
	}
}

func (s *stock) wrongReport() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.meanwhile()
	// The second RLock waits for the writer, and the writer for the first.
	return s.count()
}

func (s *stock) rightReport() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.meanwhile()
	return s.countLocked()
}

// countLocked expects the lock held.
func (s *stock) countLocked() int { return len(s.items) }

func wrongRwRecursive() {
	s := &stock{}
	go s.wrongReport()
}

func rightRwRecursive() {
	s := &stock{}
	go s.rightReport()
}

func (s *stock) wrongFirst() string {
	s.mu.RLock()
	if len(s.items) == 0 {
		// It keeps the lock when there is nothing.
		return ""
	}
	defer s.mu.RUnlock()
	return s.items[0]
}

func (s *stock) rightFirst() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.items) == 0 {
		return ""
	}
	return s.items[0]
}

func wrongRwWriter() {
	s := &stock{}
	s.wrongFirst()
	go s.add("apple")
}

func rightRwWriter() {
	s := &stock{}
	s.rightFirst()
	go s.add("apple")
}

func (s *stock) wrongClear() {
	s.mu.Lock()
	if len(s.items) == 0 {
		// It keeps the lock when there is nothing to do.
		return
	}
	s.items = nil
	s.mu.Unlock()
}

func (s *stock) rightClear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = nil
}

func wrongRwReader() {
	s := &stock{}
	s.wrongClear()
	go s.count()
}

func rightRwReader() {
	s := &stock{}
	s.rightClear()
	go s.count()
}

func wrongRwTwoWriters() {
	s := &stock{}
	s.wrongFirst()
	// One of the writers waits for the reader, the other for the first.
	go s.add("apple")
	go s.add("pear")
}

func rightRwTwoWriters() {
	s := &stock{}
	s.rightFirst()
	go s.add("apple")
	go s.add("pear")
}

type mailbox struct {
	mu     sync.Mutex
	some   *sync.Cond
	mail   []string
	closed bool
}

func newMailbox() *mailbox {
	m := &mailbox{}
	m.some = sync.NewCond(&m.mu)
	return m
}

func (m *mailbox) receive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.mail) == 0 && !m.closed {
		m.some.Wait()
	}
}

func (m *mailbox) wrongClose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Those who wait are not told.
	m.closed = true
}

func (m *mailbox) rightClose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.some.Broadcast()
}

func wrongCondWait() {
	m := newMailbox()
	got := make(chan bool)
	go func() {
		close(got)
		m.receive()
	}()
	<-got
	awaitBlocked("sync.(*Cond).Wait")
	m.wrongClose()
}

func rightCondWait() {
	m := newMailbox()
	got := make(chan bool)
	go func() {
		close(got)
		m.receive()
	}()
	<-got
	awaitBlocked("sync.(*Cond).Wait")
	m.rightClose()
}

type registry struct {
	once, names sync.Once
}

// Do of the same Once waits for the function that it is called from.
func (r *registry) wrongInit() { r.once.Do(func() { r.wrongInit() }) }

func (r *registry) rightInit() { r.once.Do(func() { r.names.Do(func() {}) }) }

func wrongOnceRecursive() {
	r := &registry{}
	go r.wrongInit()
}

func rightOnceRecursive() {
	r := &registry{}
	go r.rightInit()
}

func wrongOnceWait() {
	var once sync.Once
	ready := make(chan struct{})
	for range 2 {
		// The function that the first caller runs hangs, and the second waits for it.
		go once.Do(func() { <-ready })
	}
}

func rightOnceWait() {
	var once sync.Once
	ready := make(chan struct{})
	for range 2 {
		go once.Do(func() { <-ready })
	}
	close(ready)
}
