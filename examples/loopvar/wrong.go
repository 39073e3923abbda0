//go:build go1.21

package loopvar

import "context"

// AskWrong asks all mirrors, starting at the same moment, and returns their
// answers in the order of the mirrors.
func AskWrong(ctx context.Context, mirrors []string, ask func(mirror string) string) ([]string, error) {
	start := make(chan struct{})
	var answers []chan string
	for i, mirror := range mirrors {
		go func() { // want "started"
			<-start
			answers[i] <- ask(mirror) // want "at: chan-send"
		}()
		answers = append(answers, make(chan string, 1))
	}
	close(start)
	return collect(ctx, answers)
}
