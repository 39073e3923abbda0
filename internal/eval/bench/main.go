// Command bench compares leakcheck with other parsers of goroutine dumps and
// with other leak checkers, all in one run, and prints tables of ratios.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/maruel/panicparse/v2/stack"

	"github.com/leakcheck-go/goroutine/internal/eval/usage"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func main() {
	budget := flag.Duration("time", 2*time.Second, "about how long to measure each input")
	most := flag.Int("max", 100_000, "size of the largest dump, in goroutines")
	flag.Parse()
	if err := run(os.Stdout, *budget, *most); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints all tables. They are in Markdown.
func run(w io.Writer, budget time.Duration, most int) error {
	fmt.Fprintf(w, "%s %s/%s, %d processors\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	for _, n := range []int{10, 1_000, 10_000, 100_000} {
		if n > most {
			break
		}
		if err := table(w, budget, n, false); err != nil {
			return err
		}
	}
	if err := table(w, budget, min(most, 10_000), true); err != nil {
		return err
	}
	if err := groupTable(w, budget, min(most, 10_000)); err != nil {
		return err
	}
	liveTable(w, budget, min(most, 10_000))
	return checkTable(w)
}

// table compares the parsers on one dump.
func table(w io.Writer, budget time.Duration, n int, distinct bool) error {
	dump, err := makeDump(n, distinct)
	if err != nil {
		return err
	}
	var fs []func() any
	base := 0
	for i, p := range parsers {
		if found, _, err := p.parse(dump); err != nil || found != n {
			return fmt.Errorf("%s finds %d of %d goroutines: %w", p.name, found, n, err)
		}
		if p.name == other {
			base = i
		}
		fs = append(fs, func() any {
			_, result, _ := p.parse(dump)
			return result
		})
	}
	costs := measure(budget, fs)
	kind := "on repeating stacks"
	if distinct {
		kind = "on a stack of its own each"
	}
	fmt.Fprintf(w, "\n%d goroutines %s, %.3g MB\n\n", n, kind, float64(len(dump))/1e6)
	fmt.Fprintf(w, "| parser | CPU / %s | time / %s | MB/s | goroutines/s | allocations | allocated / input | retained "+
		"/ input |\n", other, other)
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|")
	for i, p := range parsers {
		c := costs[i]
		fmt.Fprintf(w, "| %s | %.3f | %.3f | %.0f | %.2g | %d | %.2f | %.2f |\n",
			p.name, usage.Ratio(c.cpu, costs[base].cpu), usage.Ratio(c.time, costs[base].time),
			float64(len(dump))/1e6/c.time.Seconds(), float64(n)/c.time.Seconds(), c.allocs,
			float64(c.allocated)/float64(len(dump)), max(0, float64(c.retained)/float64(len(dump))))
	}
	return nil
}

// groupTable compares what grouping takes with what parsing takes.
func groupTable(w io.Writer, budget time.Duration, n int) error {
	fmt.Fprintf(w, "\nGrouping %d goroutines\n\n", n)
	fmt.Fprintln(w, "| | stacks | groups | CPU / stackparse.Parse | CPU, ns a goroutine |\n|---|---|--:|--:|--:|")
	for _, distinct := range []bool{false, true} {
		dump, err := makeDump(n, distinct)
		if err != nil {
			return err
		}
		gs, err := stackparse.Parse(dump)
		if err != nil {
			return err
		}
		rows, fs := groupers(gs, dump, distinct)
		costs := measure(budget, fs)
		kind := "repeating"
		if distinct {
			kind = "distinct"
		}
		for i, row := range rows {
			fmt.Fprintf(w, "| %s | %s | %d | %.3f | %.0f |\n", row, kind, groupsOf(fs[i]()),
				usage.Ratio(costs[i].cpu, costs[0].cpu), float64(costs[i].cpu.Nanoseconds())/float64(n))
		}
	}
	return nil
}

// groupers returns the rows of groupTable and what is measured for them, the
// parse first.
func groupers(gs []stackparse.Goroutine, dump []byte, distinct bool) (rows []string, fs []func() any) {
	add := func(name string, f func() any) { rows, fs = append(rows, name), append(fs, f) }
	add("stackparse.Parse", func() any {
		gs, _ := stackparse.Parse(dump)
		return gs
	})
	for _, by := range []struct {
		name string
		by   stackparse.Similarity
	}{{"Exact", stackparse.Exact}, {"SameLines", stackparse.SameLines}, {"SameFunctions", stackparse.SameFunctions},
		{"SameCreator", stackparse.SameCreator}} {
		add("stackparse.Group, "+by.name, func() any { return stackparse.Group(gs, by.by) })
	}
	add("Reader and Grouper, SameLines, with the parse", func() any {
		r := stackparse.NewGrouper(stackparse.SameLines)
		_, _, _ = stream(r.Add)(dump)
		return r.Groups()
	})
	if !distinct {
		// With distinct stacks it takes most of a minute.
		_, result, _ := parsers[len(parsers)-1].parse(dump)
		s := result.(*stack.Snapshot)
		add("panicparse Aggregate, AnyPointer", func() any { return s.Aggregate(stack.AnyPointer) })
	}
	return rows, fs
}

func groupsOf(result any) int {
	switch r := result.(type) {
	case []stackparse.Grouped:
		return len(r)
	case *stack.Aggregated:
		return len(r.Buckets)
	}
	return 0
}

// liveTable compares looks at the goroutines of this process.
func liveTable(w io.Writer, budget time.Duration, most int) {
	fmt.Fprintln(w, "\nGoroutines of the process itself")
	fmt.Fprintln(w, "\n| | goroutines | CPU / runtime.Stack | allocated, MB |\n|---|--:|--:|--:|")
	for _, n := range []int{100, min(most, 10_000)} {
		release := park(n)
		peers := livePeers(make([]byte, 1<<20+1024*n))
		var fs []func() any
		for _, p := range peers {
			fs = append(fs, func() any {
				_, result, _ := p.parse(nil)
				return result
			})
		}
		costs := measure(budget, fs)
		for i, c := range costs {
			fmt.Fprintf(w, "| %s | %d | %.2f | %.2f |\n", peers[i].name, n, usage.Ratio(c.cpu, costs[0].cpu),
				float64(c.allocated)/1e6)
		}
		release()
	}
}

// checkTable compares leak checkers from the end of a test to the verdict.
func checkTable(w io.Writer) error {
	fmt.Fprintln(w, "\nFrom the end of a test to the verdict")
	fmt.Fprintf(w, "\n| | %s | %s | ratio |\n|---|--:|--:|--:|\n", checks[0].name, checks[1].name)
	for _, s := range situations {
		times, right := best(s)
		if !right {
			return fmt.Errorf("%s: wrong verdict", s.name)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %.4f |\n", s.name, short(times[0]), short(times[1]), usage.Ratio(times[0], times[1]))
	}
	return nil
}

func short(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return d.String()
	case d < 10*time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
