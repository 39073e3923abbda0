package loopvar

import "context"

// collect returns the answers in their order, up to the first that does not
// come before ctx ends.
func collect(ctx context.Context, answers []chan string) ([]string, error) {
	var texts []string
	for _, answer := range answers {
		select {
		case text := <-answer:
			texts = append(texts, text)
		case <-ctx.Done():
			return texts, ctx.Err()
		}
	}
	return texts, nil
}
