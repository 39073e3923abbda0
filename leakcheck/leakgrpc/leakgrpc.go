// Package leakgrpc marks the goroutines that work for a call of a gRPC server, so
// that those which outlive it can be told by the call's method:
//
//	server := grpc.NewServer(
//		grpc.ChainUnaryInterceptor(leakgrpc.Unary()),
//		grpc.ChainStreamInterceptor(leakgrpc.Stream()),
//	)
//
// It does for gRPC what leakhttp.Requests does for HTTP: the page of package
// leakhttp and the metrics of package leakprom say how many goroutines a call of
// each method leaves behind, and where they wait. A stream is in flight until its
// handler returns.
//
// The interceptors come first, so that what the others start is marked as well.
// They start no goroutines. The package is a module of its own, and who does not
// use gRPC does not download it.
package leakgrpc

import (
	"context"

	"google.golang.org/grpc"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// kind is that of the routes: "grpc /shop.Orders/Place".
const kind = "grpc"

// Unary returns an interceptor for calls that have one request and one answer.
func Unary() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		ctx, done := leakcheck.Track(ctx, kind, info.FullMethod)
		// Deferred, so that a call is over though its handler panicked.
		defer done()
		return handle(ctx, req)
	}
}

// Stream returns an interceptor for calls with streams.
func Stream() grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		ctx, done := leakcheck.Track(stream.Context(), kind, info.FullMethod)
		defer done()
		return handle(srv, tracked{stream, ctx})
	}
}

// tracked is a stream whose context has the labels.
type tracked struct {
	grpc.ServerStream
	ctx context.Context
}

// Context returns the context of the stream with the labels.
func (t tracked) Context() context.Context { return t.ctx }
