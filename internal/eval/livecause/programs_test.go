// Package livecause holds the programs of package pairs that need other
// modules: the real libraries whose misuse package cause recognizes. They are
// in the nested module, so that nobody else has to build those.
//
// The text of this file is also in the folder of package pairs, which prints
// it. A test keeps the two the same.
package livecause

import (
	"context"
	"net"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// There is room for one member, and it does not return.
func wrongErrgroupLimit(news <-chan string) {
	var g errgroup.Group
	g.SetLimit(1)
	read := func() error {
		println(<-news)
		return nil
	}
	g.Go(read)
	go g.Go(read)
}

func rightErrgroupLimit(news <-chan string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(1)
	read := func() error {
		select {
		case item := <-news:
			println(item)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.Go(read)
	go g.Go(read)
}

// The first does not release what it acquired.
func wrongSemaphore(ctx context.Context) error {
	sem := semaphore.NewWeighted(1)
	if err := sem.Acquire(ctx, 1); err != nil {
		return err
	}
	go sem.Acquire(ctx, 1)
	return nil
}

func rightSemaphore(ctx context.Context) error {
	sem := semaphore.NewWeighted(1)
	if err := sem.Acquire(ctx, 1); err != nil {
		return err
	}
	defer sem.Release(1)
	go sem.Acquire(ctx, 1)
	return nil
}

// All callers wait for the first one, which hangs.
func wrongSingleflight(news <-chan string) {
	var g singleflight.Group
	read := func() (any, error) { return <-news, nil }
	for range 2 {
		go g.Do("news", read)
	}
}

func rightSingleflight(news <-chan string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var g singleflight.Group
	read := func() (any, error) {
		select {
		case item := <-news:
			return item, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	for range 2 {
		go func() {
			select {
			case <-g.DoChan("news", read):
			case <-ctx.Done():
			}
		}()
	}
}

// The connection is not closed.
func wrongGRPCClient(target string) error {
	cc, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	_, err = healthpb.NewHealthClient(cc).Check(context.Background(), &healthpb.HealthCheckRequest{})
	return err
}

func rightGRPCClient(target string) error {
	cc, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer cc.Close()
	_, err = healthpb.NewHealthClient(cc).Check(context.Background(), &healthpb.HealthCheckRequest{})
	return err
}

// The stream is neither read to its end nor cancelled.
func wrongGRPCStream(cc *grpc.ClientConn) error {
	stream, err := healthpb.NewHealthClient(cc).Watch(context.Background(), &healthpb.HealthCheckRequest{})
	if err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}

func rightGRPCStream(cc *grpc.ClientConn) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := healthpb.NewHealthClient(cc).Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}

// Nobody stops the server.
func wrongGRPCServer(ln net.Listener) {
	srv := grpc.NewServer()
	healthpb.RegisterHealthServer(srv, health.NewServer())
	go srv.Serve(ln)
}

func rightGRPCServer(ln net.Listener) {
	srv := grpc.NewServer()
	healthpb.RegisterHealthServer(srv, health.NewServer())
	defer srv.GracefulStop()
	go srv.Serve(ln)
}
