package pairs

import (
	"context"
	"errors"
	"runtime/pprof"
	"sync/atomic"
	"time"
)

var mirrors = []string{"de.example.com", "fr.example.com", "it.example.com"}

var asked atomic.Int64

// ask would call a mirror.
func ask(mirror string) string {
	asked.Add(1)
	return "hello from " + mirror
}

// Three send and one is received: two wait forever.
func wrongChanSend() string {
	answers := make(chan string)
	for _, mirror := range mirrors {
		go func() { answers <- ask(mirror) }()
	}
	return <-answers
}

func rightChanSend() string {
	answers := make(chan string, len(mirrors))
	for _, mirror := range mirrors {
		go func() { answers <- ask(mirror) }()
	}
	return <-answers
}

// The buffer has room for one of the two answers that nobody receives.
func wrongChanSendFull() string {
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

// Two mirrors may be asked at a time. Who has an answer returns without giving
// its place back, and the third one waits forever.
func wrongChanSemaphore() string {
	answers, places := make(chan string, len(mirrors)), make(chan struct{}, 2)
	for _, mirror := range mirrors {
		go func() {
			places <- struct{}{}
			answer := ask(mirror)
			if answer != "" {
				answers <- answer
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

// On the way of the error nobody sends.
func wrongChanRecv() error {
	loaded := make(chan string)
	go func() { println(<-loaded) }()
	data, err := load()
	if err != nil {
		return err
	}
	loaded <- data
	return nil
}

func rightChanRecv() error {
	loaded := make(chan string)
	defer close(loaded)
	go func() {
		if data, ok := <-loaded; ok {
			println(data)
		}
	}()
	data, err := load()
	if err != nil {
		return err
	}
	loaded <- data
	return nil
}

// The worker gets the jobs and does not learn of their end.
func wrongChanRange() {
	jobs := make(chan string)
	go func() {
		for job := range jobs {
			ask(job)
		}
	}()
	for _, mirror := range mirrors {
		jobs <- mirror
	}
}

func rightChanRange() {
	jobs := make(chan string)
	defer close(jobs)
	go func() {
		for job := range jobs {
			ask(job)
		}
	}()
	for _, mirror := range mirrors {
		jobs <- mirror
	}
}

// The loop has no case that ends it.
func wrongSelectNoExit() {
	jobs, urgent := make(chan string), make(chan string)
	go func() {
		for {
			select {
			case job := <-jobs:
				ask(job)
			case job := <-urgent:
				ask(job)
			}
		}
	}()
	jobs <- mirrors[0]
}

func rightSelectNoExit() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	jobs, urgent := make(chan string), make(chan string)
	go func() {
		for {
			select {
			case job := <-jobs:
				ask(job)
			case job := <-urgent:
				ask(job)
			case <-ctx.Done():
				return
			}
		}
	}()
	jobs <- mirrors[0]
}

// A worker works until its context ends.
type worker struct {
	jobs   chan string
	cancel context.CancelFunc
}

func startWorker() *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{jobs: make(chan string), cancel: cancel}
	go func() {
		for {
			select {
			case job := <-w.jobs:
				ask(job)
			case <-ctx.Done():
				return
			}
		}
	}()
	return w
}

// The worker would stop, but nobody tells it.
func wrongSelectCtxNeverCancelled() {
	w := startWorker()
	w.jobs <- mirrors[0]
}

func rightSelectCtxNeverCancelled() {
	w := startWorker()
	defer w.cancel()
	w.jobs <- mirrors[0]
}

// A select with one case is that case.
func wrongSelectSingle() {
	jobs := make(chan string)
	go func() {
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

// Nobody made the channel.
func wrongChanNilRecv() {
	q := &queue{jobs: make(chan string)}
	go func() { <-q.stop }()
}

func rightChanNilRecv() {
	q := &queue{jobs: make(chan string), stop: make(chan struct{})}
	defer close(q.stop)
	go func() { <-q.stop }()
}

// Nobody made the channel.
func wrongChanNilSend() {
	q := &queue{stop: make(chan struct{})}
	go func() { q.jobs <- mirrors[0] }()
}

func rightChanNilSend() string {
	q := &queue{jobs: make(chan string), stop: make(chan struct{})}
	go func() { q.jobs <- mirrors[0] }()
	return <-q.jobs
}

// It is kept alive, and for nothing.
func wrongSelectEmpty() {
	go func() {
		ask(mirrors[0])
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

// The caller does not wait for the alarm that it set.
func wrongAfterFuncBlocked() {
	late := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { late <- true })
}

func rightAfterFuncBlocked() {
	late := make(chan bool, 1)
	time.AfterFunc(time.Millisecond, func() { late <- true })
}

// The labels of a request stay on what it starts.
func wrongLabels() {
	replies := make(chan string)
	pprof.Do(context.Background(), pprof.Labels("request", "42"), func(context.Context) {
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
