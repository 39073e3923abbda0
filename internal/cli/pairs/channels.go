package pairs

import (
	"context"
	"errors"
	"runtime/pprof"
	"sync/atomic"
)

var mirrors = []string{"de.example.com", "fr.example.com", "it.example.com"}

var asked atomic.Int64

// ask would call a mirror.
func ask(mirror string) string {
	asked.Add(1)
	return "hello from " + mirror
}

func wrongChanSendFull() string {
	// The buffer has room for one of the two answers that nobody receives.
	answers := make(chan string, 1)
	for _, mirror := range mirrors {
		go func() { answers <- ask(mirror) }()
	}
	return <-answers
}

func rightChanSendFull() string {
	answers := make(chan string, len(mirrors))
	for _, mirror := range mirrors {
		go func() { answers <- ask(mirror) }()
	}
	return <-answers
}

func wrongChanSemaphore() string {
	answers, places := make(chan string, len(mirrors)), make(chan struct{}, 2)
	for _, mirror := range mirrors {
		go func() {
			places <- struct{}{}
			answer := ask(mirror)
			if answer != "" {
				answers <- answer
				// Its place is not given back. Two mirrors may be asked at a time, and the third
				// waits forever.
				return
			}
			<-places
		}()
	}
	return <-answers
}

func rightChanSemaphore() string {
	answers, places := make(chan string, len(mirrors)), make(chan struct{}, 2)
	for _, mirror := range mirrors {
		go func() {
			places <- struct{}{}
			defer func() { <-places }()
			if answer := ask(mirror); answer != "" {
				answers <- answer
			}
		}()
	}
	return <-answers
}

var errNoData = errors.New("no data")

func load() (string, error) { return "", errNoData }

func wrongSelectSingle() {
	jobs := make(chan string)
	go func() {
		// A select with one case is that case.
		//lint:ignore S1000 this is the mistake
		select {
		case job := <-jobs:
			ask(job)
		}
	}()
}

func rightSelectSingle() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	jobs := make(chan string)
	go func() {
		select {
		case job := <-jobs:
			ask(job)
		case <-ctx.Done():
		}
	}()
}

// A queue takes jobs until it is stopped.
type queue struct {
	jobs chan string
	stop chan struct{}
}

func wrongChanNilRecv() {
	q := &queue{jobs: make(chan string)}
	// Nobody made the channel.
	go func() { <-q.stop }()
}

func rightChanNilRecv() {
	q := &queue{jobs: make(chan string), stop: make(chan struct{})}
	defer close(q.stop)
	go func() { <-q.stop }()
}

func wrongChanNilSend() {
	q := &queue{stop: make(chan struct{})}
	// Nobody made the channel.
	go func() { q.jobs <- mirrors[0] }()
}

func rightChanNilSend() string {
	q := &queue{jobs: make(chan string), stop: make(chan struct{})}
	go func() { q.jobs <- mirrors[0] }()
	return <-q.jobs
}

func wrongSelectEmpty() {
	go func() {
		ask(mirrors[0])
		// It is kept alive, and for nothing.
		select {}
	}()
}

func rightSelectEmpty() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		ask(mirrors[0])
		<-ctx.Done()
	}()
}

func wrongLabels() {
	replies := make(chan string)
	pprof.Do(context.Background(), pprof.Labels("request", "42"), func(context.Context) {
		// The labels of a request stay on what it starts.
		go func() { println(<-replies) }()
	})
}

func rightLabels() {
	replies := make(chan string)
	defer close(replies)
	pprof.Do(context.Background(), pprof.Labels("request", "42"), func(context.Context) {
		go func() { <-replies }()
	})
}
