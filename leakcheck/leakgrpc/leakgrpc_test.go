package leakgrpc_test

import (
	"context"
	"fmt"
	"net"
	"runtime/pprof"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	"github.com/leakcheck-go/goroutine/leakcheck/leakgrpc"
)

func route(ctx context.Context) string {
	value, _ := pprof.Label(ctx, "leakcheck.route")
	return value
}

// health answers with the labels of its calls.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	started chan string // the label that a goroutine has inherited
	unary   chan string
}

func (h *health) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	h.unary <- route(ctx)
	return &grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING}, nil
}

func (h *health) Watch(_ *grpc_health_v1.HealthCheckRequest, s grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	h.started <- route(s.Context())
	return s.Send(&grpc_health_v1.HealthCheckResponse{Status: grpc_health_v1.HealthCheckResponse_SERVING})
}

func TestInterceptors(t *testing.T) {
	t.Parallel()
	h := &health{started: make(chan string, 1), unary: make(chan string, 1)}
	server := grpc.NewServer(grpc.ChainUnaryInterceptor(leakgrpc.Unary()), grpc.ChainStreamInterceptor(leakgrpc.Stream()))
	grpc_health_v1.RegisterHealthServer(server, h)
	l := bufconn.Listen(1 << 16)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	require.NoError(t, err)
	client := grpc_health_v1.NewHealthClient(conn)

	_, err = client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	assert.Equal(t, "grpc /grpc.health.v1.Health/Check", <-h.unary)
	stream, err := client.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	assert.Equal(t, "grpc /grpc.health.v1.Health/Watch", <-h.started)

	require.NoError(t, conn.Close())
	server.Stop()
	require.NoError(t, <-served)
}

// An error of a handler is passed on as it is.
func TestErrors(t *testing.T) {
	t.Parallel()
	refused := fmt.Errorf("refused")
	_, err := leakgrpc.Unary()(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: "/a/B"},
		func(context.Context, any) (any, error) { return nil, refused })
	assert.ErrorIs(t, err, refused)
	err = leakgrpc.Stream()(nil, stream{ctx: t.Context()}, &grpc.StreamServerInfo{FullMethod: "/a/B"},
		func(any, grpc.ServerStream) error { return refused })
	assert.ErrorIs(t, err, refused)
}

type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }
