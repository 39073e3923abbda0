package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/fleet"
)

// fleetOptions are the flags of "leakcheck fleet".
type fleetOptions struct {
	out     reportOptions // of which the output is used
	targets string
	prom    fleet.Prometheus
	address string
	suspect int
	peers   int

	collector fleet.Collector
	proof     bool
	memory    int64 // MiB
	ranking   fleet.Ranking
	owners    string
	history   fleet.History
	timeout   time.Duration
}

func fleetCommand() *command {
	o := &fleetOptions{}
	return &command{
		name:  "fleet",
		args:  "-prometheus URL|-targets FILE [flags]",
		short: "find growing goroutines in the services that Prometheus knows",
		long: `
Fleet looks for goroutine leaks in all instances of your services.

With -prometheus it asks a Prometheus server which instances that export
go_goroutines are suspects, and fetches goroutine profiles only from those and from
a few of their peers. An instance is a suspect if its lowest number of goroutines
rises by at least -growth over the last quarter of -window, or if it has -factor times
as many goroutines as the median of its job and at least -growth more. With -targets
Fleet fetches profiles from all targets in a file in the format of file_sd_config,
YAML or JSON.

Fleet merges the profiles by location: the calls and lines where goroutines wait.
It ranks the locations: first those that the runtime has proven to be leaked, then
those where a suspect has at least half of its surplus, compared with -peers other
instances of its job or else with the last profile in -history, then other waits, and
last goroutines that run, sleep or wait for input. If an instance grows and there is
nothing to compare it with, Fleet says so and names no culprit: the first locations
are those with about as many goroutines as the instance has grown by. Within a rank,
code of -module comes first, then the location with the larger root mean square of
goroutines per instance, the larger maximum and the larger number of instances.

Fleet reports a problem with an instance on standard error and goes on with the
others. The exit code is 1 if there are suspects or proven leaks, and 2 if no
instance answered.`,
		examples: []example{
			{"leakcheck fleet -prometheus http://prometheus:9090", "find the suspects of all jobs"},
			{`leakcheck fleet -prometheus http://prometheus:9090 -match 'job="api"' -address 'http://{host}:6060'`,
				"search one job, whose profiles are on another port"},
			{"leakcheck fleet -prometheus http://prometheus:9090 -module example.com/shop -codeowners .github/CODEOWNERS",
				"show your own code first, with its owners"},
			{"leakcheck fleet -targets targets.yml -history profiles -o html >fleet.html",
				"read all targets of a file, and keep the profiles for go tool pprof -diff_base"},
		},
		finds: true,
		setup: o.define,
	}
}

func (o *fleetOptions) define(fs *flag.FlagSet) action {
	fs.Func("prometheus-header", "send a `header` to the Prometheus server alone, such as \"Authorization: Bearer "+
		"...\"; may be given several times", addHeader(&o.prom.Header))
	fs.Func("instance-header", "send a `header` to every instance that is asked, and so to each address that the "+
		"labels name; may be given several times", addHeader(&o.out.loader.Header))
	fs.Func("header", "refused: say who gets the `header`, by -prometheus-header or -instance-header", func(string) error {
		return errors.New("say who gets the header: -prometheus-header or -instance-header")
	})
	fs.StringVar(&o.prom.URL, "prometheus", "", "the `URL` of a Prometheus server, or of a service with its HTTP API")
	fs.StringVar(&o.prom.Match, "match", "", "read only series with these `labels`, such as job=\"api\",env=\"staging\"")
	fs.DurationVar(&o.prom.Window, "window", fleet.DefaultWindow, "look for growth in this last `time`")
	fs.Float64Var(&o.prom.Growth, "growth", fleet.DefaultGrowth, "a suspect has at least this many `goroutines` more "+
		"than before, or than its peers")
	fs.Float64Var(&o.prom.Factor, "factor", fleet.DefaultFactor, "a suspect has at least this many `times` the "+
		"median of its job")
	fs.IntVar(&o.suspect, "suspects", 50, "fetch from at most the `n` worst suspects")
	fs.IntVar(&o.peers, "peers", 3, "fetch from `n` other instances of a suspect's job, to compare; 0 from none")
	fs.StringVar(&o.targets, "targets", "", "fetch from all targets in a `file` in the form of file_sd_config")
	fs.StringVar(&o.address, "address", fleet.DefaultAddress, "where the profiles of an instance are; {instance}, "+
		"{host} and other labels are filled in")
	fs.IntVar(&o.collector.Concurrency, "concurrency", 16, "ask `n` instances at the same time")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Second, "wait at most this `time` for an answer")
	fs.Int64Var(&o.memory, "memory", 32, "refuse a profile that is larger than this many `MiB` when unpacked")
	fs.BoolVar(&o.proof, "proof", false, "also ask for the leak profile, which costs an instance one garbage collection")
	fs.StringVar(&o.ranking.Module, "module", "", "the `path` of the module whose code comes first")
	fs.StringVar(&o.owners, "codeowners", "", "name the owners of that code from a CODEOWNERS `file` of the module's "+
		"repository")
	fs.BoolVar(&o.ranking.All, "all", false, "also show goroutines that are known to be harmless (see leakcheck filters)")
	fs.Func("filter", "show only goroutines that the `expression` matches (see leakcheck filters -syntax)",
		setFilter(&o.ranking.Filter))
	fs.IntVar(&o.ranking.Top, "top", 20, "show the first `n` locations; 0 shows all")
	fs.StringVar(&o.history.Dir, "history", "", "keep the profiles in a `folder`, by job and instance")
	fs.IntVar(&o.history.Keep, "keep", 100, "keep the newest `n` profiles of each instance; 0 keeps all")
	o.out.defineSource(fs)
	o.out.defineOutput(fs)
	return o.run
}

func (o *fleetOptions) check(args []string) error {
	switch {
	case len(args) > 0:
		return usagef("unexpected argument %q; name a server with -prometheus or a file with -targets", args[0])
	case (o.prom.URL == "") == (o.targets == ""):
		return usagef("want -prometheus or -targets, one of them")
	case o.prom.Window < 4*time.Second:
		return usagef("-window must be 4s at least")
	case o.prom.Growth <= 0 || o.prom.Factor <= 1:
		return usagef("-growth must be more than 0, and -factor more than 1")
	case o.timeout <= 0 || o.memory <= 0 || o.suspect <= 0 || o.collector.Concurrency <= 0:
		return usagef("-timeout, -memory, -suspects and -concurrency must be more than 0")
	case o.owners != "" && o.ranking.Module == "":
		return usagef("-codeowners needs -module, whose paths it is about")
	}
	if err := o.out.checkOutput(); err != nil {
		return err
	}
	return o.out.checkSource()
}

func (o *fleetOptions) run(e *environment, args []string) (bool, error) {
	if err := o.check(args); err != nil {
		return false, err
	}
	if o.owners != "" {
		var err error
		if o.ranking.Owners, err = fleet.ReadOwners(o.owners); err != nil {
			if o.ranking.Owners == nil {
				return false, err
			}
			o.tell(e, err)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	targets, notes, err := o.find(ctx, e)
	if err != nil {
		return false, err
	}
	f := o.collect(ctx, e, targets)
	if len(targets) > 0 && f.Answered() == 0 {
		return false, errSaid
	}
	if o.history.Dir != "" {
		o.history.Recall(f, time.Now())
	}
	o.ranking.Notes = notes
	r := o.report(f)
	if err := o.out.write(e, r); err != nil {
		return false, err
	}
	if o.history.Dir != "" {
		if err := o.history.Save(f, time.Now()); err != nil {
			return false, err
		}
	}
	return o.prom.URL != "" && len(targets) > 0 || r.Proven > 0, nil
}

// tell prints a problem that spoils nothing else. An error of several lines is
// several problems.
func (o *fleetOptions) tell(e *environment, err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(e.stderr, "leakcheck fleet: %s\n", report.Escape(strings.TrimSuffix(line, "\n")))
	}
}

// find returns the instances to fetch from, with what is to say about the
// choice.
func (o *fleetOptions) find(ctx context.Context, e *environment) (targets []fleet.Target, notes []string, err error) {
	address, err := fleet.ParseAddress(o.address)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if o.targets != "" {
		targets, err = fleet.ReadTargets(o.targets, address)
		if targets == nil && err != nil {
			return nil, nil, err
		}
		if err != nil {
			o.tell(e, err)
		}
		return targets, nil, nil
	}
	o.prom.Address = address
	suspects, instances, err := o.prom.Suspects(ctx)
	if suspects == nil && err != nil {
		return nil, nil, err
	}
	if err != nil {
		o.tell(e, err)
	}
	if instances == 0 {
		return nil, nil, fmt.Errorf("%s: no series go_goroutines{%s}", o.prom.URL, o.prom.Match)
	}
	notes = []string{fmt.Sprintf("%s of %s: %s", words.Count(len(suspects), "suspect"),
		words.Count(instances, "instance"), reasons(suspects))}
	targets = fleet.Worst(suspects, o.suspect)
	if left := len(suspects) - len(targets); left > 0 {
		notes = append(notes, fmt.Sprintf("%s left out, those with the least growth; -suspects fetches from more",
			words.Count(left, "suspect")))
	}
	peers, err := o.prom.Peers(ctx, targets, o.peers)
	if err != nil {
		o.tell(e, fmt.Errorf("no peers to compare with: %w", err))
	}
	return append(targets, peers...), notes, nil
}

// reasons names the first suspects.
func reasons(suspects []fleet.Target) string {
	const most = 10
	if len(suspects) == 0 {
		return "none grows, and none stands out"
	}
	var parts []string
	for i := range suspects[:min(len(suspects), most)] {
		t := &suspects[i]
		parts = append(parts, t.Name()+" ("+t.Why+")")
	}
	if left := len(suspects) - len(parts); left > 0 {
		parts = append(parts, fmt.Sprintf("%d more", left))
	}
	return strings.Join(parts, ", ")
}

// maxFailures is how many instances with an error are named.
const maxFailures = 50

// collect fetches the profiles, with the progress on a terminal.
func (o *fleetOptions) collect(ctx context.Context, e *environment, targets []fleet.Target) *fleet.Fleet {
	c := &o.collector
	c.Loader = load.Loader{NoProof: !o.proof, Timeout: o.timeout, Header: o.out.loader.Header,
		MaxMemory: o.memory << 20, MaxSearch: o.memory << 20, MaxBody: 4 * o.memory << 20}
	bar := newProgress(e.stderr)
	done := 0
	c.Done = func(fleet.Instance) {
		done++
		bar.count(done, len(targets), "instance")
	}
	f := c.Collect(ctx, targets)
	bar.wipe()
	failed := f.Failed()
	for i := range failed[:min(len(failed), maxFailures)] {
		o.tell(e, fmt.Errorf("%s: %w", failed[i].Name(), failed[i].Err))
	}
	if left := len(failed) - maxFailures; left > 0 {
		o.tell(e, fmt.Errorf("and %s", words.Count(left, "more instance")))
	}
	return f
}

func (o *fleetOptions) report(f *fleet.Fleet) *report.Report {
	o.ranking.Tree = source.Of(f.Sample(), o.out.source)
	return f.Report(o.ranking)
}
