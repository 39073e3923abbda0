// Load measures what package leakhttp costs a service: the ratio of its throughput,
// and of the time in which 99 of 100 requests are answered, with leakhttp.Requests
// around it and with its page opened once a second as well, to those without.
//
//	go run -C internal/eval ./load
//
// The service and its clients are this process, on a loopback address. The three
// take turns of a second, so that what else the machine does meets all of them.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

func main() {
	length := flag.Duration("for", time.Minute, "measure each of the three for this `time`")
	conns := flag.Int("connections", 50, "ask over `n` connections")
	rate := flag.Int("rate", 10000, "ask at most `n` times a second")
	flag.Parse()
	if *length < time.Second || *conns < 1 || *rate < *conns {
		log.Fatal("load: -for is a second at least, and -rate is -connections at least")
	}
	services := []*service{newService("without", false, false), newService("with Requests", true, false),
		newService("with Requests and the page", true, true)}
	for range int(*length / time.Second) {
		for _, s := range services {
			s.measure(time.Second, *conns, *rate)
		}
	}
	fmt.Printf("%-28s %12s %8s %10s %8s\n", "", "requests/s", "ratio", "p99", "ratio")
	first := services[0]
	for _, s := range services {
		s.server.Close()
		slices.Sort(s.times)
		fmt.Printf("%-28s %12.0f %8.3f %10v %8.3f\n",
			s.name, s.rate(), s.rate()/first.rate(), s.p99().Round(time.Microsecond), float64(s.p99())/float64(first.p99()))
	}
}

// service is a server with its clients, and what was measured of it.
type service struct {
	name   string
	server *httptest.Server
	client *http.Client
	page   bool // somebody looks at it
	times  []time.Duration
	took   time.Duration
}

func newService(name string, marked, page bool) *service {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /work/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.PathValue("id"))
	})
	var h http.Handler = mux
	if marked {
		h = leakhttp.Requests(mux, nil)
	}
	if page {
		mux.Handle("GET /debug/leaks", leakhttp.Handler(nil))
	}
	return &service{name: name, server: httptest.NewServer(h), page: page,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}}
}

// measure has all clients ask for a while, each at its part of the rate.
func (s *service) measure(length time.Duration, conns, rate int) {
	begin := time.Now()
	end := begin.Add(length)
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range conns {
		clients.Go(func() {
			var times []time.Duration
			pause := time.Second * time.Duration(conns) / time.Duration(rate)
			for next := time.Now(); next.Before(end); next = next.Add(pause) {
				if early := time.Until(next); early > 0 {
					time.Sleep(early)
				}
				if time.Now().After(end) {
					break // it is behind, and asks as fast as it can
				}
				asked := time.Now()
				s.get("/work/17")
				times = append(times, time.Since(asked))
			}
			mu.Lock()
			defer mu.Unlock()
			s.times = append(s.times, times...)
		})
	}
	if s.page {
		s.get("/debug/leaks?format=html")
	}
	clients.Wait()
	s.took += time.Since(begin)
}

func (s *service) get(path string) {
	resp, err := s.client.Get(s.server.URL + path)
	if err != nil {
		log.Fatal("load: ", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		log.Fatalf("load: %s: %s: %v", path, resp.Status, err)
	}
}

func (s *service) rate() float64 { return float64(len(s.times)) / s.took.Seconds() }

// p99 is of times that are sorted.
func (s *service) p99() time.Duration {
	if len(s.times) == 0 {
		return 0
	}
	return s.times[len(s.times)*99/100]
}
