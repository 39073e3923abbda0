package filters

// testingLibraries help tests: they find ports, run suites, start servers.
func testingLibraries() []Entry {
	const ginkgo = "github.com/onsi/ginkgo/v2"
	return []Entry{
		{
			ID: "freeport/check", Module: "github.com/hashicorp/consul/sdk", Class: ClassBenign, Since: "v0.16.3",
			Match: CreatedBy("github.com/hashicorp/consul/sdk/freeport.initialize"),
			Why: "looks every 250 ms which returned ports are free again; the first Take of the process starts " +
				"it, and nothing stops it",
			Source: "freeport/freeport.go: initialize, checkFreedPorts",
		}, {
			ID: "ginkgo/interrupts", Module: "github.com/onsi/ginkgo", Class: ClassBenign, Since: "v1.16.5",
			Match:  CreatedBy("github.com/onsi/ginkgo/internal/specrunner.(*SpecRunner).Run"),
			Why:    "waits for a signal to the suite; the runner starts it, and only a signal ends it",
			Source: "internal/specrunner/spec_runner.go: (*SpecRunner).Run, registerForInterrupts",
		}, {
			ID: "ginkgo-v2/interrupts", Module: ginkgo, Class: ClassBenign, Since: "v2.34.0",
			Match: CreatedBy(ginkgo + "/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts"),
			Why: "waits for a signal to the suite, or asks whether another process aborted it; " +
				"RunSpecs starts it and never stops it",
			Source: "internal/interrupt_handler/interrupt_handler.go: registerForInterrupts",
		}, {
			ID: "ginkgo-v2/output", Module: ginkgo, Class: ClassBenign, Since: "v2.34.0",
			Match: Any(CreatedBy(ginkgo+"/internal.(*genericOutputInterceptor).ResumeIntercepting"),
				CreatedBy(ginkgo+"/internal.(*genericOutputInterceptor).ResumeIntercepting.func1")),
			Why: "copies what a spec prints while specs run in several processes; it stays where a process " +
				"that a spec started keeps the output open",
			Source: "internal/output_interceptor.go: ResumeIntercepting",
		}, {
			ID: "ginkgo-v2/progress", Module: ginkgo, Class: ClassBenign, Since: "v2.34.0",
			Match: Any(CreatedBy(ginkgo+"/internal.RegisterForProgressSignal"),
				CreatedBy(ginkgo+"/internal.(*ProgressReporterManager).QueryProgressReporters")),
			Why:    "waits for a signal that asks for a progress report; the suite ends it after its last spec",
			Source: "internal/progress_report.go: RegisterForProgressSignal",
		}, {
			ID: "rules-go/timeout", Module: "github.com/bazelbuild/rules_go", Class: ClassBenign,
			Since: "v0.44.2", Until: "v0.49.0",
			Match: CreatedBy("github.com/bazelbuild/rules_go/go/tools/bzltestutil.RegisterTimeoutHandler"),
			Why: "waits for the SIGTERM that Bazel sends when a test's time is over; the test binary that rules_go makes " +
				"starts it, and later releases need none",
			Source: "go/tools/bzltestutil/timeout.go: RegisterTimeoutHandler",
		}, {
			ID: "testify/eventually", Module: "github.com/stretchr/testify", Class: ClassMissingClose, Since: "v1.12.1",
			Match: Any(CreatedBy("github.com/stretchr/testify/assert.Eventually"),
				CreatedBy("github.com/stretchr/testify/assert.EventuallyWithT"),
				CreatedBy("github.com/stretchr/testify/assert.Never")),
			Why:    "runs the condition; when the time is over, Eventually returns and leaves a running condition behind",
			Source: "assert/assertions.go: Eventually",
			Fix:    "make the condition return, for example by a context that ends with the test",
		}, {
			ID: "testcontainers/reaper", Module: "github.com/testcontainers/testcontainers-go", Class: ClassBenign,
			Since: "v0.45.0",
			Match: CreatedBy("github.com/testcontainers/testcontainers-go.(*Reaper).connect"),
			Why: "keeps the connection by which the reaper sees that this process lives; the process has one, " +
				"and it must outlive the tests",
			Source: "reaper.go: (*Reaper).connect",
		}, {
			ID: "envtest/process", Module: "sigs.k8s.io/controller-runtime", Class: ClassMissingClose, Since: "v0.25.2",
			Match:  CreatedBy("sigs.k8s.io/controller-runtime/pkg/internal/testing/process.(*State).Start"),
			Why:    "waits for the end of a control plane's process",
			Source: "pkg/internal/testing/process/process.go: (*State).Start",
			Fix:    "testEnv.Stop()",
		}, {
			ID: "temporal/worker", Module: "go.temporal.io/sdk", Class: ClassMissingClose, Since: "v1.50.0",
			Match:  CreatedBy("go.temporal.io/sdk/internal.(*baseWorker).Start"),
			Why:    "polls for tasks and dispatches them until the worker is stopped",
			Source: "internal/internal_worker_base.go: (*baseWorker).Start",
			Fix:    "worker.Stop()",
		}, {
			ID: "winio/completion", Module: "github.com/Microsoft/go-winio", Class: ClassBenign, Since: "v0.6.4",
			Match:  CreatedBy("github.com/Microsoft/go-winio.initIO"),
			Why:    "hands out the completions of overlapped I/O on Windows; the process has one, and nothing stops it",
			Source: "file.go: initIO",
		},
	}
}
