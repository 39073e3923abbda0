package loopvar

import "context"

// Ask asks all mirrors, starting at the same moment, and returns their answers
// in the order of the mirrors.
func Ask(ctx context.Context, mirrors []string, ask func(mirror string) string) ([]string, error) {
	start := make(chan struct{})
	var answers []chan string
	for i, mirror := range mirrors {
		go func() {
			<-start
			answers[i] <- ask(mirror)
		}()
		answers = append(answers, make(chan string, 1))
	}
	close(start)
	return collect(ctx, answers)
}
