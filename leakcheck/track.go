package leakcheck

import (
	"context"

	"github.com/leakcheck-go/goroutine/internal/service/requests"
)

// Track marks the calling goroutine, and those that it starts from now on, as
// working for a job of that kind and name, until the function that it returns is
// called by the same goroutine. A goroutine has been left behind if it is still
// there after all jobs that began in the same ten seconds have ended: packages
// leakhttp and leakprom report how many goroutines each job leaves, and where
// they wait.
//
//	func (c *consumer) handle(ctx context.Context, m Message) {
//		ctx, done := leakcheck.Track(ctx, "topic", m.Topic)
//		defer done()
//
// Kind and name must not be ids: only the first 200 names are counted separately.
// Requests of HTTP have leakhttp.Requests for this, and those of gRPC package
// leakgrpc.
//
// The mark is the label leakcheck.route of runtime/pprof; the labels that ctx
// has are kept. The context that Track returns carries them on.
func Track(ctx context.Context, kind, name string) (context.Context, func()) {
	w := requests.Begin(ctx, kind+" "+name)
	return w, w.End
}
