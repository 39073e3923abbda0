// Package ginkgospecs checks specs of Ginkgo v2 one by one. It is a suite of its
// own, as a process runs one.
package ginkgospecs

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// spec is the T of a spec that keeps its failures, so that the suite passes.
type spec struct {
	ginkgo.FullGinkgoTInterface
	failures map[string]string
}

func (s spec) Errorf(format string, args ...any) { s.failures[s.Name()] = fmt.Sprintf(format, args...) }

func ask(answers chan int) {
	go func() { answers <- 1 }()
}

// A spec that leaks is named by its own text, and no other one is, be the check in
// a BeforeEach or in the spec.
func TestSpecs(t *testing.T) {
	failures := map[string]string{}
	verify := func() { leakcheck.Verify(spec{ginkgo.GinkgoT(), failures}) }
	answers := make(chan int)
	ginkgo.Describe("shop", func() {
		ginkgo.BeforeEach(verify)
		ginkgo.It("leaks", func() { ask(answers) })
		ginkgo.It("is clean", func() {})
		ginkgo.It("cleans up", func() {
			own := make(chan int)
			ask(own)
			ginkgo.DeferCleanup(func() { <-own })
		})
	})
	ginkgo.Describe("in the spec", func() {
		ginkgo.It("leaks", func() {
			verify()
			ask(answers)
		})
		ginkgo.It("is clean", verify)
	})
	require.True(t, ginkgo.RunSpecs(t, "a suite"))
	<-answers
	<-answers
	require.Len(t, failures, 2, "%v", failures)
	for _, name := range []string{"shop leaks", "in the spec leaks"} {
		assert.Contains(t, failures[name], "leakcheck: 1 goroutine outlived "+strconv.Quote(name))
		assert.Regexp(t, `\n +owner +(appeared while|labelled by) "`+name+`"`, failures[name])
	}
}
