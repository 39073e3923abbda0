// Package unasked has tests that asked for no check and are checked all the
// same, as the command does it.
package unasked

import (
	"fmt"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

var checks = engine.Unasked{
	Config: engine.NewConfig(),
	Report: func(t engine.TB, found engine.Outcome, err error) {
		t.Errorf("%s%v", report.Text{}.String(found.Report), err)
	},
}

func TestMain(m *testing.M) {
	checks.Start()
	code := m.Run()
	found, looked, err := checks.End(code == 0)
	fmt.Println("looked:", looked, err)
	if found.Report != nil {
		fmt.Println(report.Text{}.String(found.Report))
		code = max(code, 1)
	}
	os.Exit(code)
}

// run is t.Run for subtests that are checked.
func run(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		checks.Begin(t)
		f(t)
	})
}

// Nothing outlives this test: its last subtest closes what its first one made.
func TestShareServer(t *testing.T) {
	checks.Begin(t)
	var srv *httptest.Server
	run(t, "start", func(*testing.T) { srv = httptest.NewServer(nil) })
	run(t, "get", func(t *testing.T) {
		resp, err := srv.Client().Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
	run(t, "close", func(*testing.T) { srv.Close() })
}

// The same with a goroutine of the user's own and parallel subtests.
func TestShareWorker(t *testing.T) {
	checks.Begin(t)
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	run(t, "group", func(t *testing.T) {
		for i := range 5 {
			run(t, fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				go func() { <-stop }()
			})
		}
	})
}

// A leak of a subtest is found when the test at the top ends.
func TestLeak(t *testing.T) {
	checks.Begin(t)
	run(t, "clean", func(*testing.T) {})
	run(t, "leak", func(*testing.T) {
		ch := make(chan int)
		go func() { ch <- 1 }()
	})
	run(t, "after", func(t *testing.T) { fmt.Println("the subtest passed:", !t.Failed()) })
}

var once sync.Once

// service starts what all tests use, and nobody stops.
func service() {
	once.Do(func() { go serve(time.NewTicker(time.Hour)) })
}

func serve(ticker *time.Ticker) {
	for range ticker.C {
	}
}

func TestServiceA(t *testing.T) {
	checks.Begin(t)
	service()
}

func TestServiceB(t *testing.T) {
	checks.Begin(t)
	service()
}

// Its goroutine ends with a timer of five seconds, the bound of the wait, that
// was set a little later than the test's end or a little earlier.
func TestFiveSeconds(t *testing.T) {
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { // not below a test at the top that is checked
			t.Parallel()
			checks.Begin(top{t})
			set := time.Now().Add(5*time.Second + time.Duration(i)*20*time.Millisecond)
			go func() {
				timer := time.NewTimer(time.Until(set))
				<-timer.C
			}()
		})
	}
}

// top is a subtest that is checked as a test at the top is.
type top struct{ *testing.T }

func (t top) Name() string { return "TestTop" }

// 3,000 parallel subtests, each with a goroutine that ends 2 ms after it.
func TestMany(t *testing.T) {
	checks.Begin(t)
	for i := range 3000 {
		run(t, fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			go func() { time.Sleep(2 * time.Millisecond) }()
		})
	}
}
