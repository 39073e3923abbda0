package sendtimeout

import "context"

type answer struct {
	rate float64
	err  error
}

// RateWrong returns what fetch does, and gives up when ctx is done. It leaks a
// goroutine when the answer comes later than that.
func RateWrong(ctx context.Context, fetch func() (float64, error)) (float64, error) {
	answers := make(chan answer)
	go func() { // want "started"
		rate, err := fetch()
		answers <- answer{rate, err} // want "at: chan-send"
	}()
	select {
	case a := <-answers:
		return a.rate, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
