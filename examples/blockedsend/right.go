package blockedsend

import (
	"context"
	"errors"
)

// First returns the first good answer of the mirrors and tells the other
// fetches to stop.
func First(ctx context.Context, mirrors []string, get Get) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer, len(mirrors))
	for _, mirror := range mirrors {
		go func() {
			text, err := get(ctx, mirror)
			answers <- answer{text, err}
		}()
	}
	err := errNoMirror
	for range mirrors {
		a := <-answers
		if a.err == nil {
			return a.text, nil
		}
		err = errors.Join(err, a.err)
	}
	return "", err
}
