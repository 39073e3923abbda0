// Package testing checks the catalogue's entries for what helps tests. Its
// tests look at all goroutines of the process, so none of them is parallel.
package testing

import (
	"testing"

	"github.com/hashicorp/consul/sdk/freeport"
	"github.com/onsi/ginkgo"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

func TestFreeport(t *testing.T) {
	live.Check(t, "freeport/check", func(t *testing.T) func() {
		ports, err := freeport.Take(1)
		require.NoError(t, err)
		freeport.Return(ports)
		return nil
	})
}

func TestGinkgo(t *testing.T) {
	live.Check(t, "ginkgo/interrupts", func(t *testing.T) func() {
		require.True(t, ginkgo.RunSpecs(t, "an empty suite"))
		return nil
	})
}
