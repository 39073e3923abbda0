package leakprom_test

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/leakcheck-go/goroutine/leakcheck/leakprom"
)

// The numbers are taken at most every half a minute, and the proof is asked for
// every ten.
func ExampleNewCollector() {
	registry := prometheus.NewRegistry() // the service's own
	registry.MustRegister(leakprom.NewCollector(&leakprom.Options{
		MinInterval: 30 * time.Second, ProofInterval: 10 * time.Minute,
	}))

	families, err := registry.Gather() // what a scrape does
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range families {
		if f.GetName() == "leakcheck_goroutines" {
			fmt.Println(f.GetType(), f.GetName(), f.GetMetric()[0].GetLabel()[0].GetName())
		}
	}
	// Output: GAUGE leakcheck_goroutines state
}
