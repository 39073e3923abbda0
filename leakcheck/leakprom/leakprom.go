// Package leakprom exports to Prometheus what the goroutines of a service
// do and which of them are leaked.
//
//	registry.MustRegister(leakprom.NewCollector(nil))
//
// The metrics; those that end in _total are counters, the others gauges:
//
//	leakcheck_goroutines{state}                      goroutines by what they wait for
//	leakcheck_blocked_goroutines{location}           goroutines that wait and are not known to the
//	                                                 catalogue of filters, by the line where they do
//	leakcheck_leaked_goroutines{location}            goroutines that the runtime proved can never go on;
//	                                                 not there before it was asked
//	leakcheck_request_goroutines{route}              goroutines that have outlived their request or job,
//	                                                 by its route; needs leakhttp.Requests, leakgrpc or
//	                                                 leakcheck.Track, which bound the routes
//	leakcheck_last_scan_timestamp_seconds            when the numbers above were taken
//	leakcheck_last_scan_duration_seconds             how long that took
//	leakcheck_last_proof_timestamp_seconds           when the runtime was last asked for the proof
//	leakcheck_scans_total, leakcheck_proofs_total    how often
//	leakcheck_scan_errors_total                      how often that did not work
//
// A location is "fetch.go:41 shop.fetchOne": the innermost call of the service's
// own code. Each metric has at most [Options.Top] locations at a time, and always
// "other" for the rest. An update of the service changes its lines. A third of
// the places is kept for locations that grow, and a fifth for those that wait to
// send, so that a slow leak is not lost among larger pools. A service that leaks
// shows in
//
//	deriv(leakcheck_blocked_goroutines[1h]) * 3600 > 10
//	leakcheck_leaked_goroutines > 0
//
// and the requests that leave its goroutines in
//
//	deriv(leakcheck_request_goroutines[1h]) * 3600 > 10
//
// # What a scrape costs
//
// A scrape reads the numbers of the last scan. When that is older than
// [Options.MinInterval], it scans: it takes the goroutine profile in binary form,
// which stops the world for a fraction of a millisecond and costs about 3 µs of
// processor time a goroutine. The proof costs a garbage collection. A scrape asks
// for it only if [Options.ProofInterval] is set, and never more often than that,
// however many servers scrape. A scrape never takes the full text of the stacks.
//
// The metrics contain names of functions and files, but no arguments or labels
// of goroutines.
package leakprom

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// Options change what a [Collector] does. The zero value and nil are ready to
// use.
type Options struct {
	MinInterval   time.Duration // between two scans; 15 s if 0
	ProofInterval time.Duration // between two proofs; none is ever asked for if 0
	Top           int           // locations in each metric, not counting "other"; 10 if 0
}

const (
	defaultInterval = 15 * time.Second
	defaultTop      = 10

	// maxWait bounds the time that a scrape waits for somebody else's look at
	// the process. Prometheus itself gives up after ten seconds by default.
	maxWait = 5 * time.Second
)

// Collector is a prometheus.Collector. Collectors are made by [NewCollector], are
// safe for use by several goroutines and start none.
type Collector struct {
	top      int
	ask      live.Ask
	surveyor *live.Surveyor

	mu                    sync.Mutex
	last                  *live.Survey
	scans, proofs, errors float64
}

// NewCollector returns a Collector of this process; a nil opts is the zero
// Options. It is registered by the caller, once: two of them scan independently,
// and a registry refuses the second.
func NewCollector(opts *Options) *Collector {
	if opts == nil {
		opts = &Options{}
	}
	c := &Collector{
		top: cmp.Or(opts.Top, defaultTop),
		ask: live.Ask{Proof: opts.ProofInterval > 0},
		surveyor: &live.Surveyor{MinInterval: cmp.Or(opts.MinInterval, defaultInterval), ProofInterval: opts.ProofInterval,
			HideLabels: true},
	}
	c.surveyor.Follow()
	return c
}

var (
	goroutines = desc("goroutines", "Goroutines by what they wait for.", "state")
	blocked    = desc("blocked_goroutines",
		"Waiting goroutines, by the line of the service's own code where they wait.", "location")
	leaked = desc("leaked_goroutines",
		"Goroutines that the runtime has proven to be leaked, by the line where they wait.", "location")
	left = desc("request_goroutines", "Goroutines that outlived their request or job, by its route.", "route")

	scanTime  = desc("last_scan_timestamp_seconds", "Unix time of the last count of goroutines.")
	scanTook  = desc("last_scan_duration_seconds", "Duration of the last count of goroutines.")
	proofTime = desc("last_proof_timestamp_seconds",
		"Unix time of the last request to the runtime for a proof of leaks.")
	scans  = desc("scans_total", "Number of times the goroutines were counted.")
	proofs = desc("proofs_total",
		"Number of times the runtime was asked for a proof of leaks; each costs a garbage collection.")
	failures = desc("scan_errors_total",
		"Number of times the goroutines could not be counted or no proof was available.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("leakcheck_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{goroutines, blocked, leaked, left, scanTime, scanTook, proofTime, scans, proofs,
		failures} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Where the goroutines cannot be counted
// it gives the last numbers, whose time tells how old they are.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	v := c.look()
	c.mu.Lock()
	// Copied: sending to ch waits for the registry, and nobody else should wait for
	// that.
	counters := map[*prometheus.Desc]float64{scans: c.scans, proofs: c.proofs, failures: c.errors}
	c.mu.Unlock()
	for d, n := range counters {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n)
	}
	// No look has worked yet, and a gauge of 0 would say that nothing is leaked.
	if v == nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for state, n := range v.States {
		gauge(goroutines, float64(n), cmp.Or(state, "unknown"))
	}
	for at, n := range c.busiest(v.Report, waiting) {
		gauge(blocked, float64(n), at)
	}
	routes := map[string]int{} // by label: two names can be cut to the same
	for route, n := range v.Routes {
		routes[label(route)] += n
	}
	for route, n := range routes {
		gauge(left, float64(n), route)
	}
	gauge(scanTime, seconds(v.Taken))
	gauge(scanTook, v.Took.Seconds())
	// Nobody asked so far: see the package comment on leakcheck_leaked_goroutines.
	if v.Proof.IsZero() {
		return
	}
	for at, n := range c.busiest(v.Report, func(f *report.Finding) int { return f.Proven }) {
		gauge(leaked, float64(n), at)
	}
	gauge(proofTime, seconds(v.Proof))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// look scans if that is due, and counts what was done.
func (c *Collector) look() *live.Survey {
	ctx, cancel := context.WithTimeout(context.Background(), maxWait)
	defer cancel()
	v, err := c.surveyor.Look(ctx, c.ask)
	_, refused := errors.AsType[*live.RefusedError](err)
	// The counts are worth having without the proof.
	if refused {
		v, err = c.surveyor.Look(ctx, live.Ask{})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.errors++
		return c.last
	}
	// A scrape within the interval gets the scan of before, which was counted.
	if c.last == nil || v.Taken.After(c.last.Taken) {
		c.scans++
		if refused {
			c.errors++
		}
		if !v.Proof.IsZero() && (c.last == nil || v.Proof.After(c.last.Proof)) {
			c.proofs++
		}
		c.last = v
	}
	return v
}

// waiting is how many goroutines of a finding wait for something. A profile
// names no state for those that do not.
func waiting(f *report.Finding) int {
	if f.Example.State == "" {
		return 0
	}
	return f.Count
}

// other is the location of what is at none of the busiest.
const other = "other"

// busiest returns the locations with the most goroutines, as number counts them,
// and one for all others. Some places are reserved for locations that may be
// leaks although others have more goroutines: locations that grow, and locations
// where goroutines wait to send, which workers of a pool do not do for long.
func (c *Collector) busiest(r *report.Report, number func(*report.Finding) int) map[string]int {
	sums := map[string]*place{}
	for i := range r.Findings {
		f := &r.Findings[i]
		n := number(f)
		if n <= 0 {
			continue
		}
		p := sums[location(&f.At)]
		if p == nil {
			p = &place{name: location(&f.At)}
			sums[p.name] = p
		}
		p.total += n
		if f.Graded == cause.Growing {
			p.growing += max(f.More(), 1)
		}
		if strings.HasPrefix(f.Example.State, "chan send") {
			p.sending += n
		}
	}
	top, taken := map[string]int{other: 0}, 0
	all := slices.Collect(maps.Values(sums))
	take := func(most int, by func(*place) int) {
		slices.SortFunc(all, func(a, b *place) int {
			return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(b.total, a.total), cmp.Compare(a.name, b.name))
		})
		for _, p := range all {
			if most > 0 && by(p) > 0 && top[p.name] == 0 {
				top[p.name] = p.total
				most--
				taken++
			}
		}
	}
	// In this order: what one round took, the next passes over, and the last fills up
	// what is left.
	take((c.top+2)/3, func(p *place) int { return p.growing })
	take((c.top+2)/5, func(p *place) int { return p.sending })
	take(c.top-taken, func(p *place) int { return p.total })
	for _, p := range all {
		if _, ok := top[p.name]; !ok {
			top[other] += p.total
		}
	}
	return top
}

// place is what the goroutines at one location add up to.
type place struct {
	name                    string
	total, growing, sending int
}

// maxLocation bounds the bytes of a label's value; instances of generic functions
// can have long names.
const maxLocation = 200

// location names a place in the code.
func location(s *report.Site) string {
	if s.Func == "" {
		return other
	}
	return label(s.Position() + " " + s.Func)
}

// label makes a label's value, which has to be UTF-8, of a name.
func label(name string) string {
	name = report.Escape(name)
	if len(name) > maxLocation {
		name = report.Escape(name[:maxLocation-4]) // again: the cut may be within a character
	}
	return name
}
