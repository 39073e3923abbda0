//go:build leaky

package pool

import (
	"os"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestPool(t *testing.T) {
	if os.Getenv("POOL_AROUND") != "" {
		leakcheck.Verify(t)
	}
	RegisterFailHandler(Fail)
	RunSpecs(t, "pool")
}

func work(jobs chan int) {
	for range jobs {
	}
}

var _ = Describe("a worker", func() {
	BeforeEach(func() { leakcheck.Verify(GinkgoT()) })

	It("is not started", func() {})
	It("is left", func() { go work(make(chan int)) })
	It("was left before", func() {})
	It("is left by another goroutine", func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			go work(make(chan int))
		}()
		<-done
	})
	It("is stopped in a cleanup", func() {
		jobs := make(chan int)
		go work(jobs)
		DeferCleanup(func() { close(jobs) })
	})
})

var _ = Describe("specs that share a worker", Ordered, func() {
	var jobs chan int
	BeforeAll(func() {
		jobs = make(chan int)
		go work(jobs)
	})
	BeforeEach(func() { leakcheck.Verify(GinkgoT()) })
	AfterAll(func() { close(jobs) })

	It("use it", func() { jobs <- 1 })
	It("use it again", func() { jobs <- 2 })
})
