package leakgrpc_test

import (
	"google.golang.org/grpc"

	"github.com/leakcheck-go/goroutine/leakcheck/leakgrpc"
)

// A server whose calls are marked, each by its method.
func Example() {
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(leakgrpc.Unary()),
		grpc.ChainStreamInterceptor(leakgrpc.Stream()),
	)
	defer server.Stop()
	// Output:
}
