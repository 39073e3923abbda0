// Package serverleft serves HTTP until its context ends.
//
// The mistake: when the context ends the function returns, and the server does
// not know. Its goroutine waits for the next connection, the port stays taken,
// and requests are answered by a program that believes it has stopped. Requests
// that are under way are cut off when the process ends.
//
// WRONG
//
//	go func() {
//		failed <- srv.Serve(ln)
//	}()
//	select {
//	case err := <-failed:
//		return err
//	case <-ctx.Done():
//		return nil
//	}
//
// RIGHT
//
//	case <-ctx.Done():
//		return shutdown(context.WithoutCancel(ctx), srv)
//	...
//	func shutdown(ctx context.Context, srv *http.Server) error {
//		ctx, cancel := context.WithTimeout(ctx, grace)
//		defer cancel()
//		if err := srv.Shutdown(ctx); err != nil {
//			return errors.Join(err, srv.Close())
//		}
//		return nil
//	}
//
// Shutdown closes the listener, which ends Serve, and waits for the requests
// that are under way. It needs a context of its own: the one that has ended
// would not let it wait. Close ends what takes longer. No check of go vet or
// staticcheck finds this mistake.
//
// [RunWrong] is the first way, [Run] the second.
package serverleft
