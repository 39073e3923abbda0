package right

import (
	"context"
	"testing"
)

func TestFetch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	Fetch(ctx)
}

func TestTimeout(t *testing.T) {
	Timeout()
}

func TestFirstOf(t *testing.T) {
	FirstOf()
}

func TestPipeline(t *testing.T) {
	Pipeline(t.Context())
}

func TestErrors(t *testing.T) {
	Errors()
}

func TestSubscribe(t *testing.T) {
	Subscribe()
}

func TestReady(t *testing.T) {
	Ready()
}

func TestLostSignal(t *testing.T) {
	LostSignal()
}

func TestLockOrder(t *testing.T) {
	LockOrder()
}

func TestSendLocked(t *testing.T) {
	SendLocked()
}

func TestWorker(t *testing.T) {
	Worker(t.Context())
}

func TestDoubleCheck(t *testing.T) {
	DoubleCheck()
}

func TestRetry(t *testing.T) {
	Retry(t.Context())
}

func TestFan(t *testing.T) {
	Fan()
}

func TestDrain(t *testing.T) {
	Drain()
}

func TestSemaphore(t *testing.T) {
	Semaphore(t.Context())
}

func TestBroadcast(t *testing.T) {
	Broadcast()
}

func TestHandoff(t *testing.T) {
	Handoff()
}

func TestGroup(t *testing.T) {
	Group(t.Context())
}

func TestStream(t *testing.T) {
	Stream(t.Context())
}

func TestShutdown(t *testing.T) {
	Shutdown()
}
