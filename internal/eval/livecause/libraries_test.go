package livecause

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
	"github.com/leakcheck-go/goroutine/internal/gotest/pairtest"
)

func TestMain(m *testing.M) {
	pairtest.Main(pairs)
	os.Exit(m.Run())
}

// kept keeps what a mistaken program leaves open from being collected.
var kept []any

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func listen() net.Listener { return must(net.Listen("tcp", "127.0.0.1:0")) }

// server starts one and returns its address.
func server() (*grpc.Server, string) {
	ln := listen()
	srv := grpc.NewServer()
	healthpb.RegisterHealthServer(srv, health.NewServer())
	go srv.Serve(ln)
	return srv, "passthrough:///" + ln.Addr().String()
}

func client(target string) *grpc.ClientConn {
	cc := must(grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials())))
	kept = append(kept, cc)
	return cc
}

// A gRPC connection has two goroutines for its stream of bytes on each side,
// and three on the client's side that call back when its state changes. The
// server has one that accepts, and one for each stream.
var pairs = []pairtest.Pair{
	{ID: "errgroup-limit",
		Wrong: func() { wrongErrgroupLimit(make(chan string)) },
		Right: func() { rightErrgroupLimit(make(chan string)) },
		Shows: "chan-recv errgroup-limit", Near: "errgroup-wait", Reason: "it waits for the end, not to get in"},
	{ID: "semaphore",
		Wrong: func() { wrongSemaphore(context.Background()) },
		Right: func() { rightSemaphore(context.Background()) },
		Near:  "errgroup-limit", Reason: "a channel counts the members of an errgroup"},
	{ID: "singleflight",
		Wrong: func() { wrongSingleflight(make(chan string)) },
		Right: func() { rightSingleflight(make(chan string)) },
		Shows: "chan-recv singleflight", Near: "errgroup-wait", Reason: "the WaitGroup is an errgroup's"},
	{ID: "grpc-client",
		Wrong: func() { _, target := server(); wrongGRPCClient(target) },
		Right: func() { srv, target := server(); defer srv.Stop(); rightGRPCClient(target) },
		Shows: strings.Repeat("grpc-client ", 5) + strings.Repeat("grpc-server ", 4), Near: "grpc-server", Reason: "no client is there"},
	{ID: "grpc-stream",
		Wrong: func() { _, target := server(); wrongGRPCStream(client(target)) },
		Right: func() {
			srv, target := server()
			cc := client(target)
			rightGRPCStream(cc)
			cc.Close()
			srv.Stop()
		},
		Shows: strings.Repeat("grpc-client ", 5) + strings.Repeat("grpc-server ", 5) + "grpc-stream", Near: "grpc-client", Reason: "no stream is open"},
	{ID: "grpc-server",
		Wrong: func() { wrongGRPCServer(listen()) },
		Right: func() { rightGRPCServer(listen()) },
		Near:  "grpc-client", Reason: "there are clients too"},
}

// TestPairs runs both programs of each pair.
func TestPairs(t *testing.T) {
	t.Parallel()
	pairtest.Run(t, pairs)
}

// TestText keeps the text that package pairs embeds the same as the program
// that is compiled here: no module can embed a file of another.
func TestText(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("programs_test.go")
	require.NoError(t, err)
	golden.Compare(t, "../../cli/pairs/libraries.txt", string(want))
}
