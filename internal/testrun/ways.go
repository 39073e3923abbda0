package testrun

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/program"
	"github.com/leakcheck-go/goroutine/internal/engine/heap"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/testrun/inject"
)

// variable is how a report begins that names one as what holds a goroutine.
const variable = "the variable "

// heldByVariable are the tests at the top that left goroutines of the module behind
// which a package-level variable with a name holds. What leads through a library to
// goroutines of its own tells the user nothing.
func heldByVariable(reports []*report.Report) []string {
	var tests []string
	for _, f := range each(reports) {
		own := f.At.Path != "" || f.Started.Path != ""
		named := slices.ContainsFunc(f.Held, func(s string) bool { return strings.HasPrefix(s, variable) })
		if own && named {
			addNew(&tests, topTest(f))
		}
	}
	return tests
}

// keptHeap is a test binary with DWARF, and a dump of its heap.
type keptHeap struct{ binary, dump string }

// keepHeap names the files of the nth package.
func (p *prepared) keepHeap(n int) *keptHeap {
	name := filepath.Join(p.request.Temp, fmt.Sprintf("again%d", n))
	return &keptHeap{binary: name + ".test.exe", dump: name + ".heap"}
}

// remove removes the files: test binaries are large.
func (k *keptHeap) remove() {
	_ = os.Remove(k.binary)
	_ = os.Remove(k.dump)
}

// linkerFlags have the binary write the dump; the user's flags follow them.
func (k *keptHeap) linkerFlags() string {
	if k == nil {
		return ""
	}
	return "-w=false '-X=" + inject.Symbol("internal/engine/heap", "keepAs") + "=" + k.dump + "' "
}

// adopt names in reports what leads from variables to what goroutines wait for,
// by those of the run that left k.
func (k *keptHeap) adopt(reports, again []*report.Report) {
	if ways, err := k.ways(); err == nil {
		adoptWays(reports, again, ways)
	}
}

// readFor bounds the time for one dump.
const readFor = 10 * time.Second

// ways are the variables that hold what a goroutine waits for, by its id, each
// with the path from there: shop.registry["x"].done.
func (k *keptHeap) ways() (map[int64][]string, error) {
	g, closeFile, err := heap.Open(k.dump, heap.Limits{Bytes: 1 << 30, Time: readFor})
	if err != nil {
		return nil, err
	}
	defer closeFile()
	p, err := program.Open(k.binary, g)
	if err != nil {
		return nil, err
	}
	g.SetNames(p)
	ways := map[int64][]string{}
	for id, fact := range g.Explain(g.Goroutines()) {
		for i := range fact.Holders {
			if h := &fact.Holders[i]; h.Kind == heap.Variable && h.Name != "" {
				ways[id] = append(ways[id], h.Name)
			}
		}
	}
	return ways, nil
}

// adoptWays takes the paths of goroutines that again names by their ids over into
// the same findings of reports.
func adoptWays(reports, again []*report.Report, ways map[int64][]string) {
	for _, found := range each(again) {
		known := slices.IndexFunc(found.IDs, func(id int64) bool { return len(ways[id]) > 0 })
		if known >= 0 {
			adoptWay(reports, found, ways[found.IDs[known]])
		}
	}
}

func adoptWay(reports []*report.Report, found *report.Finding, ways []string) {
	for _, f := range each(reports) {
		if f.Test != found.Test || f.Started != found.Started || f.At != found.At {
			continue
		}
		for i, held := range f.Held {
			name, ok := strings.CutPrefix(held, variable)
			n := slices.IndexFunc(ways, func(way string) bool { return leadsFrom(report.Name(way), name) })
			if ok && n >= 0 {
				f.Held[i] = variable + report.Name(ways[n])
			}
		}
	}
}

// leadsFrom reports whether a path begins at the variable name.
func leadsFrom(path, name string) bool {
	rest, ok := strings.CutPrefix(path, name)
	return ok && rest != "" && strings.ContainsAny(rest[:1], ".[")
}
