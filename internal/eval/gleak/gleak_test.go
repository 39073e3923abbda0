// Package gleak_test runs leakcheck/gleak with the real Gomega and Ginkgo v2.
package gleak_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/format"
	"github.com/onsi/gomega/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck/gleak"
)

// The two interfaces are the same to the compiler.
var (
	_ types.GomegaMatcher = gleak.HaveLeaked()
	_ gleak.Matcher       = gomega.BeEmpty()
)

// work waits until the test is over.
func work(stop <-chan struct{}, ended chan<- struct{}) {
	<-stop
	close(ended)
}

// start starts a goroutine that stop ends.
func start() (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go work(end, ended)
	return func() {
		close(end)
		<-ended
	}
}

// asserting returns a Gomega whose failures are kept.
func asserting() (g gomega.Gomega, failures *[]string) {
	failures = new([]string)
	return gomega.NewGomega(func(message string, _ ...int) { *failures = append(*failures, message) }), failures
}

func TestEventually(t *testing.T) {
	good := gleak.Goroutines()
	g, failures := asserting()
	g.Eventually(gleak.Goroutines).ShouldNot(gleak.HaveLeaked(good))
	require.Empty(t, *failures, "nothing is there")

	stop := start()
	time.AfterFunc(20*time.Millisecond, stop)
	g.Eventually(gleak.Goroutines).WithTimeout(10 * time.Second).ShouldNot(gleak.HaveLeaked(good))
	require.Empty(t, *failures, "Eventually waits")

	stop = start()
	defer stop()
	g.Eventually(gleak.Goroutines).WithTimeout(50 * time.Millisecond).ShouldNot(gleak.HaveLeaked(good))
	require.Len(t, *failures, 1, "a leak fails the test")
	text := (*failures)[0]
	assert.Contains(t, text, "Expected not to leak 1 goroutines:\nleakcheck: 1 goroutine ")
	assert.Contains(t, text, "blocked receiving")
	assert.Contains(t, text, "<-stop", "the source line")
	assert.Contains(t, text, "fix")

	g, failures = asserting()
	g.Expect(gleak.Goroutines()).To(gleak.HaveLeaked(good))
	g.Expect(gleak.Goroutines()).NotTo(gleak.HaveLeaked(gleak.Goroutines()))
	byField := gomega.HaveField("TopFunction", gomega.HaveSuffix("gleak_test.work"))
	g.Eventually(gleak.Goroutines).ShouldNot(gomega.Not(gomega.Not(gleak.HaveLeaked(good, byField))))
	creator := func(g gleak.Goroutine) string { return g.CreatorFunction }
	g.Expect(gleak.Goroutines()).NotTo(gleak.HaveLeaked(good,
		gomega.And(gleak.IgnoringTopFunction("x"), gleak.IgnoringCreator("y")),
		gomega.WithTransform(creator, gomega.HaveSuffix("gleak_test.start"))))
	g.Expect(gleak.Goroutines()).To(gomega.ContainElement(
		gleak.IgnoringCreator("github.com/leakcheck-go/goroutine/internal/eval/gleak_test.start")))
	assert.Empty(t, *failures, "matchers of Gomega and of gleak go into each other")
}

// Messages show values as Gomega shows them.
func TestObject(t *testing.T) {
	g := gleak.Goroutine{ID: 1, TopFunction: "foo.bar"}
	long := strings.Repeat("long ", 10)
	for _, actual := range []any{
		nil, 42, true, 1.5, "foo", "two\nlines", []string{}, []string{"foo", "a\nb"}, []string{"foo", long}, [2]int{1, 2},
		[][]string{{long}}, []gleak.Goroutine{g}, []*gleak.Goroutine{&g}, (*gleak.Goroutine)(nil), []string(nil), []byte{1, 2},
	} {
		_, err := gleak.G(actual, "foo")
		require.Error(t, err, actual)
		assert.Equal(t, format.Object(actual, 1), strings.SplitN(err.Error(), "\n", 2)[1])
	}
}

// A process runs one suite. AfterEach checks every spec; its failures are kept,
// in place of Ginkgo's Fail, so that the suite passes.
func TestSuite(t *testing.T) {
	fails := map[string]string{}
	spec := func() string { return ginkgo.CurrentSpecReport().LeafNodeText }
	g := gomega.NewGomega(func(message string, _ ...int) { fails[spec()] = message })

	var good []gleak.Goroutine
	ginkgo.BeforeSuite(gleak.IgnoreGinkgoParallelClient)
	ginkgo.Describe("each spec is checked", ginkgo.Ordered, func() {
		var stops []func()
		ginkgo.BeforeEach(func() { good = gleak.Goroutines() })
		ginkgo.AfterEach(func() {
			g.Eventually(gleak.Goroutines).WithTimeout(100 * time.Millisecond).ShouldNot(gleak.HaveLeaked(good))
		})
		ginkgo.It("is clean", func() { start()() })
		ginkgo.It("leaks", func() { stops = append(stops, start()) })
		ginkgo.It("comes after one that leaks", func() {})
		ginkgo.It("has a limit", func(ginkgo.SpecContext) { start()() }, ginkgo.SpecTimeout(time.Minute))
		ginkgo.It("needs no list", func() {
			for _, stop := range stops {
				stop()
			}
			g.Eventually(gleak.Goroutines).WithTimeout(10 * time.Second).ShouldNot(gleak.HaveLeaked())
		})
	})
	require.True(t, ginkgo.RunSpecs(t, "a suite"))
	require.Len(t, fails, 1)
	assert.Contains(t, fails["leaks"], "leakcheck: 1 goroutine ")
	assert.Contains(t, fails["leaks"], "blocked receiving")
}
