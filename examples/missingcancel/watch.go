package missingcancel

import "context"

// Watcher hands on the changes of a configuration. It has to be closed.
type Watcher struct {
	cancel context.CancelFunc
	values chan string
	done   chan struct{}
}

// Watch starts a watcher of changes. It runs until ctx is cancelled or the
// watcher is closed.
func Watch(ctx context.Context, changes <-chan string) *Watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &Watcher{cancel: cancel, values: make(chan string), done: make(chan struct{})}
	go w.run(ctx, changes) // want "started"
	return w
}

// Next waits for the next value.
func (w *Watcher) Next(ctx context.Context) (string, error) {
	select {
	case value := <-w.values:
		return value, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Close stops the watcher and waits until it has ended.
func (w *Watcher) Close() {
	w.cancel()
	<-w.done
}

func (w *Watcher) run(ctx context.Context, changes <-chan string) {
	defer close(w.done)
	for {
		var value string
		select { // want "at: select-ctx-never-cancelled"
		case value = <-changes:
		case <-ctx.Done():
			return
		}
		select {
		case w.values <- value:
		case <-ctx.Done():
			return
		}
	}
}
