package leakgrpc_test

import (
	"google.golang.org/grpc"

	"github.com/leakcheck-go/goroutine/leakcheck/leakgrpc"
)

// A server whose calls are marked, each by its method.
func ExampleUnary() {
	server := grpc.NewServer(grpc.ChainUnaryInterceptor(leakgrpc.Unary()))
	defer server.Stop()
	// Output:
}

func ExampleStream() {
	server := grpc.NewServer(grpc.ChainStreamInterceptor(leakgrpc.Stream()))
	defer server.Stop()
	// Output:
}
