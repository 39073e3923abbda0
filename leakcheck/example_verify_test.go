package leakcheck_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// shownTest is the test of an example. It keeps its messages.
type shownTest struct {
	name     string
	messages []string
	cleanups []func()
}

func (t *shownTest) Helper()             {}
func (t *shownTest) Name() string        { return t.name }
func (t *shownTest) Failed() bool        { return len(t.messages) > 0 }
func (t *shownTest) Cleanup(f func())    { t.cleanups = append(t.cleanups, f) }
func (t *shownTest) Logf(string, ...any) {}

func (t *shownTest) Errorf(format string, a ...any) {
	t.messages = append(t.messages, fmt.Sprintf(format, a...))
}

// run runs a test with its cleanups, the last one first, and returns its messages.
func (t *shownTest) run(test func(t leakcheck.TB)) []string {
	test(t)
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
	return t.messages
}

// show runs a test and prints how it ended, as go test does.
func show(name string, test func(t leakcheck.TB)) {
	messages := (&shownTest{name: name}).run(test)
	if len(messages) == 0 {
		fmt.Println("--- PASS:", name)
		return
	}
	fmt.Println("--- FAIL:", name)
	for _, m := range messages {
		fmt.Println("    " + strings.ReplaceAll(m, "\n", "\n    "))
	}
}

// verdict runs a test and prints the first line of each message, and how it ended.
func verdict(name string, test func(t leakcheck.TB)) {
	messages := (&shownTest{name: name}).run(test)
	for _, m := range messages {
		first, _, _ := strings.Cut(m, "\n")
		fmt.Println(first)
	}
	if len(messages) > 0 {
		fmt.Println("FAIL", name)
	} else {
		fmt.Println("PASS", name)
	}
}

// A test that returns before somebody has taken the answer.
func ExampleVerify() {
	answers := make(chan string)

	show("TestAsk", func(t leakcheck.TB) { // func TestAsk(t *testing.T) {
		leakcheck.Verify(t)
		go func() {
			answers <- "tea"
		}()
	})

	<-answers
	// Output:
	// --- FAIL: TestAsk
	//     leakcheck: 1 goroutine outlived TestAsk
	//       + 1 x blocked sending on a channel
	//           at       example_verify_test.go:71   answers <- "tea"   leakcheck_test.ExampleVerify.func1.1
	//           started  example_verify_test.go:70   go func() {        leakcheck_test.ExampleVerify.func1
	//           owner    labelled by TestAsk
	//           cause    the receiver returned early or is stuck, or there are more sends than receives
	//           fix      make room for every send (make(chan T, n)), or send in a select with ctx.Done()
	//           ignore   leakcheck.Ignore(filters.MustParse(`created-by:"github.com/leakcheck-go/goroutine/leakcheck_test.ExampleVerify.func1"`))
}

// The same test, which waits for what it started.
func ExampleVerify_clean() {
	show("TestAsk", func(t leakcheck.TB) { // func TestAsk(t *testing.T) {
		leakcheck.Verify(t)
		answers := make(chan string)
		go func() {
			answers <- "tea"
		}()
		fmt.Println("it is", <-answers)
	})
	// Output:
	// it is tea
	// --- PASS: TestAsk
}

// What a cleanup stops is no leak, whichever comes first.
func ExampleVerify_cleanup() {
	show("TestServer", func(t leakcheck.TB) { // func TestServer(t *testing.T) {
		leakcheck.Verify(t)
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			<-stop
			close(stopped)
		}()
		t.Cleanup(func() {
			close(stop)
			<-stopped
		})
	})
	// Output:
	// --- PASS: TestServer
}
