// Package telemetry checks the catalogue's entries for traces, metrics, errors
// and flags. Its tests look at all goroutines of the process, so none of them
// is parallel.
package telemetry

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/DataDog/datadog-go/v5/statsd"
	"github.com/getsentry/raven-go"
	"github.com/getsentry/sentry-go"
	"github.com/open-feature/go-sdk/openfeature"
	"github.com/rollbar/rollbar-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opencensus.io/stats/view"
	"go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

// What an init function starts is there as soon as the library is linked in.
func linked(*testing.T) (fix func()) { return nil }

func TestOpenCensusDefault(t *testing.T) {
	live.Check(t, "opencensus/default", func(*testing.T) func() { return view.Stop })
}

func TestOpenCensusMeter(t *testing.T) {
	live.Check(t, "opencensus/meter", func(*testing.T) func() {
		m := view.NewMeter()
		m.Start()
		return m.Stop
	})
}

func TestStatsd(t *testing.T) {
	live.Check(t, "statsd/client", func(t *testing.T) func() {
		client, err := statsd.New("127.0.0.1:8125", statsd.WithChannelMode(), statsd.WithExtendedClientSideAggregation())
		require.NoError(t, err)
		return func() { assert.NoError(t, client.Close()) }
	})
}

func TestOtelSpans(t *testing.T) {
	live.Check(t, "otel/batch-spans", func(*testing.T) func() {
		p := trace.NewTracerProvider(trace.WithBatcher(tracetest.NewInMemoryExporter()))
		return func() { assert.NoError(t, p.Shutdown(context.Background())) }
	})
}

// metrics is an exporter that drops everything.
type metrics struct{}

func (metrics) Temporality(metric.InstrumentKind) metricdata.Temporality {
	return metricdata.CumulativeTemporality
}
func (metrics) Aggregation(metric.InstrumentKind) metric.Aggregation      { return metric.AggregationSum{} }
func (metrics) Export(context.Context, *metricdata.ResourceMetrics) error { return nil }
func (metrics) ForceFlush(context.Context) error                          { return nil }
func (metrics) Shutdown(context.Context) error                            { return nil }

func TestOtelMetrics(t *testing.T) {
	live.Check(t, "otel/periodic-reader", func(*testing.T) func() {
		p := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(metrics{})))
		return func() { assert.NoError(t, p.Shutdown(context.Background())) }
	})
}

// logs is an exporter that drops everything.
type logs struct{}

func (logs) Export(context.Context, []log.Record) error { return nil }
func (logs) ForceFlush(context.Context) error           { return nil }
func (logs) Shutdown(context.Context) error             { return nil }

func TestOtelLogs(t *testing.T) {
	live.Check(t, "otel/batch-logs", func(*testing.T) func() {
		p := log.NewLoggerProvider(log.WithProcessor(log.NewBatchProcessor(logs{})))
		return func() { assert.NoError(t, p.Shutdown(context.Background())) }
	})
}

// sink is an HTTP server that takes every report.
func sink(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	return server
}

func TestSentry(t *testing.T) {
	dsn := strings.Replace(sink(t).URL, "http://", "http://key@", 1) + "/1"
	live.Check(t, "sentry/client", func(t *testing.T) func() {
		client, err := sentry.NewClient(sentry.ClientOptions{Dsn: dsn})
		require.NoError(t, err)
		return client.Close
	})
}

func TestRaven(t *testing.T) {
	dsn := strings.Replace(sink(t).URL, "http://", "http://key:secret@", 1) + "/1"
	live.Check(t, "raven/client", func(t *testing.T) func() {
		client, err := raven.New(dsn)
		require.NoError(t, err)
		client.CaptureErrorAndWait(errors.New("reported"), nil)
		return client.Close
	})
}

func TestRollbarDefault(t *testing.T) {
	rollbar.SetEnabled(false)
	live.Check(t, "rollbar/default", linked)
}

func TestRollbar(t *testing.T) {
	live.Check(t, "rollbar/client", func(t *testing.T) func() {
		client := rollbar.NewAsync("token", "test", "1", "host", "")
		return func() { assert.NoError(t, client.Close()) }
	})
}

// provider is a provider of flags that can send events.
type provider struct {
	openfeature.NoopProvider
	events chan openfeature.Event
}

func (p provider) EventChannel() <-chan openfeature.Event { return p.events }

func TestOpenFeature(t *testing.T) {
	live.Check(t, "openfeature/events", func(t *testing.T) func() {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		require.NoError(t, openfeature.SetProviderWithContextAndWait(ctx, provider{events: make(chan openfeature.Event)}))
		return openfeature.Shutdown
	})
}
