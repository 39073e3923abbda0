package blockedsend

import (
	"context"
	"errors"
)

// Get fetches the file from one mirror.
type Get func(ctx context.Context, mirror string) (string, error)

type answer struct {
	text string
	err  error
}

var errNoMirror = errors.New("blockedsend: no mirror has the file")

// FirstWrong returns the first good answer of the mirrors. It leaks a goroutine
// for each mirror that answers later.
func FirstWrong(ctx context.Context, mirrors []string, get Get) (string, error) {
	answers := make(chan answer)
	for _, mirror := range mirrors {
		go func() { // want "started"
			text, err := get(ctx, mirror)
			answers <- answer{text, err} // want "at: chan-send"
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
