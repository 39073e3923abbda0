package filters

import "slices"

// telemetryLibraries report traces, metrics, errors and flags.
func telemetryLibraries() []Entry { return slices.Concat(measurements(), errorsAndFlags()) }

// measurements are metrics, traces and logs that are sent somewhere.
func measurements() []Entry {
	const otel, statsd = "go.opentelemetry.io/otel/sdk", "github.com/DataDog/datadog-go/v5"
	return []Entry{
		{
			ID: "opencensus/default", Module: "go.opencensus.io", Class: ClassBenign, Since: "v0.24.0",
			Match:  CreatedBy("go.opencensus.io/stats/view.init.0"),
			Why:    "collects the measurements of the process; started by an init function",
			Source: "stats/view/worker.go: init",
			Fix:    "view.Stop()",
		}, {
			ID: "opencensus/meter", Module: "go.opencensus.io", Class: ClassMissingClose, Since: "v0.24.0",
			Match:  CreatedBy("go.opencensus.io/stats/view.(*worker).Start"),
			Why:    "collects the measurements of a Meter until it is stopped",
			Source: "stats/view/worker.go: (*worker).Start",
			Fix:    "meter.Stop()",
		}, {
			ID: "otel/batch-spans", Module: otel, Class: ClassMissingClose, Since: "v1.47.0",
			Match: All(CreatedBy("sync.(*WaitGroup).Go"),
				AnyFunction(otel+"/trace.NewBatchSpanProcessor.func*")),
			Why:    "exports spans in batches until the provider is shut down",
			Source: "trace/batch_span_processor.go: NewBatchSpanProcessor",
			Fix:    "provider.Shutdown(ctx) on the TracerProvider",
		}, {
			ID: "otel/periodic-reader", Module: otel + "/metric", Class: ClassMissingClose, Since: "v1.47.0",
			Match:  CreatedBy(otel + "/metric.NewPeriodicReader"),
			Why:    "exports metrics at an interval until the provider is shut down",
			Source: "periodic_reader.go: NewPeriodicReader",
			Fix:    "provider.Shutdown(ctx) on the MeterProvider",
		}, {
			ID: "otel/batch-logs", Module: otel + "/log", Class: ClassMissingClose, Since: "v1.47.0",
			Match:  CreatedBy(otel + "/log.(*BatchProcessor).process"),
			Why:    "exports log records in batches until the provider is shut down",
			Source: "batch.go: (*BatchProcessor).process",
			Fix:    "provider.Shutdown(ctx) on the LoggerProvider",
		}, {
			ID: "statsd/client", Module: statsd, Class: ClassMissingClose, Since: "v5.9.1",
			Match: Any(CreatedBy(statsd+"/statsd.newSender"), CreatedBy(statsd+"/statsd.newWithWriter"),
				CreatedBy(statsd+"/statsd.(*telemetryClient).run"), CreatedBy(statsd+"/statsd.(*aggregator).start"),
				CreatedBy(statsd+"/statsd.(*aggregator).startReceivingMetric"),
				CreatedBy(statsd+"/statsd.(*worker).startReceivingMetric")),
			Why:    "aggregates, buffers and sends a client's metrics until it is closed",
			Source: "statsd/statsdex.go: newWithWriter; statsd/sender.go: newSender; statsd/aggregator.go: start",
			Fix:    "client.Close()",
		},
	}
}

// errorsAndFlags report errors, or ask which features are on.
func errorsAndFlags() []Entry {
	const sentry = "github.com/getsentry/sentry-go"
	return []Entry{
		{
			ID: "sentry/client", Module: sentry, Class: ClassMissingClose, Since: "v0.50.0",
			Match: Any(CreatedBy(sentry+".(*HTTPTransport).Configure.func1"),
				CreatedBy(sentry+".(*batchProcessor[...]).Start.func1"),
				CreatedBy(sentry+"/internal/telemetry.(*Scheduler).Start.func1"),
				CreatedBy(sentry+"/internal/telemetry.(*Scheduler).run"),
				CreatedBy(sentry+"/internal/http.(*AsyncTransport).start.func1")),
			Why:    "sends a client's events until it is closed",
			Source: "transport.go: Configure; batch_processor.go: Start; internal/telemetry/scheduler.go: Start",
			Fix:    "client.Close(), after client.Flush(timeout)",
		}, {
			ID: "raven/client", Module: "github.com/getsentry/raven-go", Class: ClassMissingClose, Since: "v0.2.0",
			Match:  CreatedBy("github.com/getsentry/raven-go.(*Client).Capture.func1"),
			Why:    "sends a client's events until it is closed; the first event starts it",
			Source: "client.go: Capture",
			Fix:    "client.Close()",
		}, {
			ID: "rollbar/default", Module: "github.com/rollbar/rollbar-go", Class: ClassBenign, Since: "v1.4.5",
			Match:  All(CreatedBy("github.com/rollbar/rollbar-go.NewAsyncTransport"), StartedIn(1)),
			Why:    "sends the errors of the default client, which a package variable holds",
			Source: "rollbar.go: std; async_transport.go: NewAsyncTransport",
			Fix:    "rollbar.Close()",
		}, {
			ID: "rollbar/client", Module: "github.com/rollbar/rollbar-go", Class: ClassMissingClose, Since: "v1.4.5",
			Match:  CreatedBy("github.com/rollbar/rollbar-go.NewAsyncTransport"),
			Why:    "sends a client's errors until it is closed",
			Source: "async_transport.go: NewAsyncTransport",
			Fix:    "client.Close()",
		}, {
			ID: "openfeature/events", Module: "github.com/open-feature/go-sdk", Class: ClassMissingClose, Since: "v1.20.0",
			Match: All(CreatedBy("sync.(*WaitGroup).Go"), Any(
				AnyFunction("github.com/open-feature/go-sdk/openfeature.(*eventExecutor).startEventListener.func*"),
				AnyFunction("github.com/open-feature/go-sdk/openfeature.(*eventExecutor).startListeningAndShutdownOld.func*"))),
			Why:    "hands on the events of providers until the API is shut down",
			Source: "openfeature/event_executor.go: startEventListener, startListeningAndShutdownOld",
			Fix:    "openfeature.Shutdown()",
		},
	}
}
