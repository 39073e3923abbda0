package pairs

import (
	"context"
	"time"
)

const interval = time.Minute

func wrongTickerSelect() {
	jobs := make(chan string)
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			// No case ends the loop.
			select {
			case <-ticker.C:
				ask(mirrors[0])
			case job := <-jobs:
				ask(job)
			}
		}
	}()
}

func rightTickerSelect() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	jobs := make(chan string)
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				ask(mirrors[0])
			case job := <-jobs:
				ask(job)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func wrongTickerStopped() {
	ticker := time.NewTicker(interval)
	// Stop does not close the channel that the loop reads.
	defer ticker.Stop()
	go func() {
		for range ticker.C {
			ask(mirrors[0])
		}
	}()
}

func rightTickerStopped() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ticker := time.NewTicker(interval)
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				ask(mirrors[0])
			case <-ctx.Done():
				return
			}
		}
	}()
}

func wrongTimerWait() {
	go func() {
		for range time.Tick(interval) {
			// The loop ends when the mirror answers, and nothing else ends it.
			if ask(mirrors[0]) != "" {
				return
			}
		}
	}()
}

func rightTimerWait() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for ask(mirrors[0]) == "" {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

func wrongTimeAfterLoop() {
	go func() {
		// Nothing ends the loop.
		for {
			<-time.After(interval)
			ask(mirrors[0])
		}
	}()
}

func rightTimeAfterLoop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			select {
			case <-time.After(interval):
				ask(mirrors[0])
			case <-ctx.Done():
				return
			}
		}
	}()
}

func wrongSleepLoop() {
	go func() {
		for {
			ask(mirrors[0])
			// Nothing wakes it before its time, and nothing ends the loop.
			time.Sleep(interval)
		}
	}()
}

func rightSleepLoop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			ask(mirrors[0])
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}
