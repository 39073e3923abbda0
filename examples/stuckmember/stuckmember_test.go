package stuckmember

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestStart is the leaky test with the fix in place: the error of the one
// member ends the other one, and Stop tells it.
func TestStart(t *testing.T) {
	leakcheck.Verify(t)
	prices := func(context.Context) error { return errPrices }
	service := Start(context.Background(), make(chan string), prices, nil)

	err := service.Stop(t.Context())

	require.ErrorIs(t, err, errPrices)
}

// fresh is a Prices that has no trouble.
func fresh(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func TestStartShips(t *testing.T) {
	leakcheck.Verify(t)
	orders, shipped := make(chan string), make(chan string, 2)
	service := Start(context.Background(), orders, fresh, func(order string) error {
		shipped <- order
		return nil
	})
	orders <- "pens"
	orders <- "ink"
	assert.Equal(t, "pens", <-shipped)
	assert.Equal(t, "ink", <-shipped)
	assert.NoError(t, service.Stop(t.Context()), "a stop that was asked for is no error")
}

// The end of the orders ends one member, and the other goes on.
func TestStartNoMoreOrders(t *testing.T) {
	leakcheck.Verify(t)
	orders := make(chan string)
	service := Start(context.Background(), orders, fresh, nil)
	close(orders)
	require.NoError(t, service.Stop(t.Context()))
}

// An order that cannot be shipped ends the service, which Stop tells, also when
// it comes later.
func TestStartNotShipped(t *testing.T) {
	leakcheck.Verify(t)
	errRoad := errors.New("road closed")
	orders, ended := make(chan string), make(chan struct{})
	prices := func(ctx context.Context) error {
		defer close(ended)
		return fresh(ctx)
	}
	service := Start(context.Background(), orders, prices, func(string) error { return errRoad })
	orders <- "pens"
	<-ended
	require.ErrorIs(t, service.Stop(t.Context()), errRoad)
}

// A caller without time left does not wait for an order on its way.
func TestStopGivesUp(t *testing.T) {
	leakcheck.Verify(t)
	orders, arrived := make(chan string), make(chan struct{})
	service := Start(context.Background(), orders, fresh, func(string) error {
		<-arrived
		return nil
	})
	orders <- "piano"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, service.Stop(ctx), context.Canceled)
	close(arrived)
}
