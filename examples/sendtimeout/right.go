package sendtimeout

import "context"

// Rate returns what fetch does, and gives up when ctx is done. The goroutine
// that fetches ends when fetch does.
func Rate(ctx context.Context, fetch func() (float64, error)) (float64, error) {
	answers := make(chan answer, 1)
	go func() {
		rate, err := fetch()
		answers <- answer{rate, err}
	}()
	select {
	case a := <-answers:
		return a.rate, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
