// Package corpus holds small programs that use goroutines as real ones do and
// clean up after themselves. Each asserts its result. No check may report
// anything here: a report is a false alarm.
package corpus

import (
	"os"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("FIXTURE_ROLE"); role != "" {
		os.Exit(play(role))
	}
	leakcheck.VerifyTestMain(m)
}

// TestAllAtOnce runs the other tests at the same time, where goroutines
// without an owner are to be left alone.
func TestAllAtOnce(t *testing.T) {
	programs := allPrograms()
	for name, program := range systemPrograms() {
		programs[name] = program
	}
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program(t)
		})
	}
}

func allPrograms() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"HTTPKeepAlive":      TestHTTPKeepAlive,
		"HTTPS":              TestHTTPS,
		"HTTP2":              TestHTTP2,
		"Hijack":             TestHijack,
		"StreamingBody":      TestStreamingBody,
		"EventStream":        TestEventStream,
		"ShutdownWhileBusy":  TestShutdownWhileBusy,
		"TimeoutHandler":     TestTimeoutHandler,
		"ReverseProxy":       TestReverseProxy,
		"UploadThroughPipe":  TestUploadThroughPipe,
		"TCPEcho":            TestTCPEcho,
		"UDP":                TestUDP,
		"NetPipe":            TestNetPipe,
		"RPC":                TestRPC,
		"LookupCancelled":    TestLookupCancelled,
		"DialCancelled":      TestDialCancelled,
		"WorkerPool":         TestWorkerPool,
		"Pipeline":           TestPipeline,
		"FanIn":              TestFanIn,
		"ErrGroup":           TestErrGroup,
		"WaitGroupGo":        TestWaitGroupGo,
		"Semaphore":          TestSemaphore,
		"BoundedQueue":       TestBoundedQueue,
		"BufferPool":         TestBufferPool,
		"SingleFlight":       TestSingleFlight,
		"Broker":             TestBroker,
		"LabelledWorkers":    TestLabelledWorkers,
		"TreeWalk":           TestTreeWalk,
		"LockedThread":       TestLockedThread,
		"SpinsToTheEnd":      TestSpinsToTheEnd,
		"SlowShutdown":       TestSlowShutdown,
		"SlowShutdownBehind": TestSlowShutdownBehind,
		"RateLimiter":        TestRateLimiter,
		"Poller":             TestPoller,
		"Debounce":           TestDebounce,
		"ContextTimeout":     TestContextTimeout,
		"ContextAfterFunc":   TestContextAfterFunc,
		"HeartbeatReset":     TestHeartbeatReset,
		"IOPipe":             TestIOPipe,
		"OSPipe":             TestOSPipe,
		"GobStream":          TestGobStream,
		"CommandOutput":      TestCommandOutput,
		"CommandStdin":       TestCommandStdin,
		"CommandCancelled":   TestCommandCancelled,
		"CommandWaitDelay":   TestCommandWaitDelay,
		"Pull":               TestPull,
		"PullOfGoroutine":    TestPullOfGoroutine,
		"Finalizer":          TestFinalizer,
		"Cleanup":            TestCleanup,
		"WeakCache":          TestWeakCache,
		"Unique":             TestUnique,
		"SQLPool":            TestSQLPool,
		"SQLTransaction":     TestSQLTransaction,
		"SQLCancelled":       TestSQLCancelled,
		"SlogAsync":          TestSlogAsync,
		"NotifyContext":      TestNotifyContext,
	}
}
