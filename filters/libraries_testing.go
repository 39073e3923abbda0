package filters

// testingLibraries help tests: they find ports, run suites, start servers.
func testingLibraries() []Entry {
	return []Entry{
		{
			ID: "freeport/check", Module: "github.com/hashicorp/consul/sdk", Class: ClassBenign, Since: "v0.16.3",
			Match:  CreatedBy("github.com/hashicorp/consul/sdk/freeport.initialize"),
			Why:    "looks every 250 ms which returned ports are free again; the first Take of the process starts it, and nothing stops it",
			Source: "freeport/freeport.go: initialize, checkFreedPorts",
		}, {
			ID: "ginkgo/interrupts", Module: "github.com/onsi/ginkgo", Class: ClassBenign, Since: "v1.16.5",
			Match:  CreatedBy("github.com/onsi/ginkgo/internal/specrunner.(*SpecRunner).Run"),
			Why:    "waits for a signal to the suite; the runner starts it, and only a signal ends it",
			Source: "internal/specrunner/spec_runner.go: (*SpecRunner).Run, registerForInterrupts",
		}, {
			ID: "testify/eventually", Module: "github.com/stretchr/testify", Class: ClassMissingClose, Since: "v1.12.1",
			Match: Any(CreatedBy("github.com/stretchr/testify/assert.Eventually"),
				CreatedBy("github.com/stretchr/testify/assert.EventuallyWithT"),
				CreatedBy("github.com/stretchr/testify/assert.Never")),
			Why:    "runs the condition; when the time is over, Eventually returns and leaves a running condition behind",
			Source: "assert/assertions.go: Eventually",
			Fix:    "make the condition return, for example by a context that ends with the test",
		}, {
			ID: "testcontainers/reaper", Module: "github.com/testcontainers/testcontainers-go", Class: ClassBenign, Since: "v0.45.0",
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
