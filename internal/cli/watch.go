package cli

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
	"github.com/leakcheck-go/goroutine/internal/dumps/survey"
	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/internal/service/trend"
	"github.com/leakcheck-go/goroutine/internal/testrun"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// watchOptions are the flags of "leakcheck watch".
type watchOptions struct {
	dumpFlags
	outline
	loop   trend.Loop
	step   int64
	failOn string
}

// proofInterval is the least time between two leak profiles, each of which
// costs the service a garbage collection.
const proofInterval = time.Minute

func watchCommand() *command {
	o := &watchOptions{}
	return &command{
		name:  "watch",
		args:  "[flags] URL",
		short: "watch a running service for kinds of goroutines that grow",
		long: `
Watch samples the goroutines of a service that has net/http/pprof, and reports
which kinds of goroutines grow in number. On a terminal it shows a table that it
keeps up to date; elsewhere it prints a line for each sample. When it ends, after
-for or -n or at an interrupt, it lists the kinds that grow, or explains them, as
leakcheck report does.

Watch divides the time into four parts and takes the lowest number of each. A kind
grows if these numbers rise from part to part and above every earlier number, by at
least -step goroutines and by more than three times its largest drop. A spike, more
load and a service that warms up are therefore not growth. At least ten samples are
needed, and more if a kind varies a lot. Watch keeps the last 120 samples.

If a sample fails, Watch says so and goes on. If the service was restarted, its
history begins again. A sample stops the service for much less than a millisecond.
The leak profile, if the service offers one, costs it a garbage collection; Watch
reads it at most once a minute, and never with -no-proof. Watch does not use the
parameter seconds of net/http/pprof, which cannot tell growth from a spike.

With -fail-on growth the exit code is 1 if a kind grows at the end. The exit code
is 2 if no sample succeeded.`,
		examples: []example{
			{"leakcheck watch http://localhost:6060", "watch until interrupted"},
			{"leakcheck watch -interval 10s -for 10m -fail-on growth http://canary:6060",
				"watch a new build for ten minutes, and fail a pipeline"},
			{"leakcheck watch -filter 'package:example.com/shop/...' http://localhost:6060", "watch only your own code"},
		},
		finds: true,
		setup: o.define,
	}
}

func (o *watchOptions) define(fs *flag.FlagSet) action {
	o.dumpFlags.define(fs)
	o.defineService(fs)
	fs.DurationVar(&o.loop.Interval, "interval", 10*time.Second, "take a sample at this `interval`")
	fs.DurationVar(&o.loop.For, "for", 0, "end after this `time`; 0 means never")
	fs.IntVar(&o.loop.Looks, "n", 0, "end after `n` samples; 0 means never")
	fs.Int64Var(&o.step, "step", trend.DefaultStep, "report growth of at least `n` goroutines")
	fs.IntVar(&o.top, "top", defaultTop, "show the first `n` kinds; 0 shows as many as fit")
	fs.BoolVar(&o.details, "details", false, "explain each kind that grows at the end; "+
		"fewer than four are explained anyway")
	fs.StringVar(&o.failOn, "fail-on", "", "exit with code 1 if a kind grows at the end (`what` = growth)")
	return o.run
}

func (o *watchOptions) check(args []string) error {
	switch {
	case len(args) != 1:
		return usagef("name one service by its URL")
	case o.failOn != "" && o.failOn != "growth":
		return usagef("-fail-on %s: want growth", o.failOn)
	case o.loop.Interval <= 0:
		return usagef("-interval must be more than 0")
	case o.loop.For < 0 || o.loop.Looks < 0 || o.top < 0 || o.step < 1:
		return usagef("-for, -n and -top must not be negative, and -step must be at least 1")
	}
	return o.dumpFlags.check()
}

func (o *watchOptions) run(e *environment, args []string) (bool, error) {
	if err := o.check(args); err != nil {
		return false, err
	}
	url, err := load.ServiceURL(args[0])
	if err != nil {
		return false, usageError{err}
	}
	in := testrun.CatchInterrupts()
	defer in.Release()
	w := &watcher{o: o, url: url, began: time.Now(), kinds: map[string]*watched{}, history: trend.History{Step: o.step}}
	view := newView(e, o.top)
	view.begin()
	o.loop.Run(in.Context(), func(ctx context.Context) {
		if w.look(ctx); ctx.Err() == nil && !view.show(w) {
			in.End() // nobody would see the next looks
		}
	})
	view.end()
	if w.looks == w.failed {
		if w.err == nil {
			return false, nil // interrupted at once
		}
		return false, w.err
	}
	if err := w.finish(e); err != nil && !isBrokenPipe(err) {
		return false, err
	}
	return o.failOn == "growth" && len(w.growing) > 0, nil
}

// watcher is what is known of a service so far.
type watcher struct {
	o       *watchOptions
	url     string
	began   time.Time
	proofAt time.Time // when the leak profile was last read

	looks, failed int
	err           error // of the last look
	restarted     bool  // before the last look
	first         int64 // goroutines at the first look that succeeded, since a restart
	history       trend.History
	growing       []trend.Growth
	kinds         map[string]*watched
	name          string
	tree          *source.Tree
}

// watched is a kind of goroutines.
type watched struct {
	*stackparse.Grouped // at the last look
	key                 string
	proven              int64 // by the last leak profile
	title, at           string
}

// look takes a sample.
func (w *watcher) look(ctx context.Context) {
	loader := w.o.loader
	loader.NoProof = loader.NoProof || time.Since(w.proofAt) < proofInterval
	s := survey.New(w.o.options)
	found, proof, err := w.read(ctx, &loader, s)
	if ctx.Err() != nil {
		return
	}
	w.looks++
	w.restarted = false
	if w.err = err; err != nil {
		w.failed++
		w.history.Miss()
		return
	}
	if proof {
		w.proofAt = time.Now()
	}
	sample := w.sample(s, found, proof)
	if w.restarted = w.history.Add(sample); w.restarted || w.looks == w.failed+1 {
		w.first = sample.Total
	}
	w.growing = w.history.Growing()
	for key := range w.kinds {
		if w.history.Numbers(key) == nil {
			delete(w.kinds, key)
		}
	}
}

func (w *watcher) read(
	ctx context.Context, loader *load.Loader, s *survey.Survey,
) (found *survey.Result, proof bool, err error) {
	in, err := loader.Open(ctx, w.url)
	if err != nil {
		return nil, false, err
	}
	defer in.Close()
	if err := s.Read(in); err != nil {
		return nil, false, err
	}
	w.name = in.Name
	if w.tree == nil {
		w.tree = source.Of(s.Sample(), w.o.source)
	}
	return s.Result(w.tree), in.Leaks && !loader.NoProof, nil
}

// sample makes numbers of what was found, and keeps an example of each kind.
func (w *watcher) sample(s *survey.Survey, found *survey.Result, proof bool) trend.Sample {
	out := trend.Sample{Total: s.Total, Kinds: map[string]int64{}}
	gs := found.Known.Goroutines()
	for i := 0; found.Whole && i < len(gs); i++ {
		out.MaxID = max(out.MaxID, gs[i].ID)
	}
	by := cmp.Or(w.o.options.By, stackparse.SameLines)
	for i := range found.Kinds {
		k := found.Kinds[i].Group
		key := by.Key(k.Goroutine)
		out.Kinds[key] += k.Count
		old := w.kinds[key]
		if old == nil {
			at := report.At(k.Goroutine, w.tree)
			old = &watched{key: key, title: cause.Of(k.Goroutine, w.tree).Title}
			if at.Func != "" {
				old.at = at.Position() + " " + at.Func
			}
			w.kinds[key] = old
		}
		old.Grouped = k
		if proof || k.Leaked > 0 {
			old.proven = k.Leaked
		}
	}
	return out
}

// rows returns the kinds that there are, those that grow first and then those
// with most goroutines.
func (w *watcher) rows() []*watched {
	rank := map[string]int{}
	for i, g := range w.growing {
		rank[g.Key] = i - len(w.growing)
	}
	var rows []*watched
	for key, k := range w.kinds {
		if last(w.history.Numbers(key)) > 0 {
			rows = append(rows, k)
		}
	}
	slices.SortFunc(rows, func(a, b *watched) int {
		return cmp.Or(cmp.Compare(rank[a.key], rank[b.key]),
			cmp.Compare(last(w.history.Numbers(b.key)), last(w.history.Numbers(a.key))), cmp.Compare(a.at, b.at),
			cmp.Compare(a.key, b.key))
	})
	return rows
}

func last(numbers []int64) int64 {
	if len(numbers) == 0 {
		return 0
	}
	return numbers[len(numbers)-1]
}

// finish prints what the watch has shown.
func (w *watcher) finish(e *environment) error {
	totals := w.history.Totals()
	head := fmt.Sprintf("%s: %s in %s%s; %d goroutines at first, %d at last; %s", w.name, words.Count(w.looks, "sample"),
		time.Since(w.began).Round(time.Second), w.mishaps(), w.first, last(totals), w.verdict())
	var leaks []report.Leak
	for _, g := range w.growing {
		k := w.kinds[g.Key]
		numbers := w.history.Numbers(g.Key)
		group := *k.Grouped
		group.Count = max(last(numbers), 1)
		group.Leaked = min(k.proven, group.Count)
		leaks = append(leaks, report.Leak{
			Goroutine: *k.Goroutine, Group: &group,
			Graded: cause.Growing, Course: report.Course{Numbers: numbers},
			Trend: fmt.Sprintf("%d more: %s %d now", last(numbers)-numbers[0], words.Sparkline(numbers, sparkWidth),
				last(numbers)),
		})
	}
	r := dumpInput(w.name, leaks, nil, w.tree).Build()
	r = w.o.arrange(r)
	t := w.o.text(e)
	t.Head = head
	return t.Write(e.stdout, r)
}

// mishaps are the samples that failed and the restarts.
func (w *watcher) mishaps() string {
	s := ""
	if w.failed > 0 {
		s += fmt.Sprintf(", %d without an answer", w.failed)
	}
	if n := w.history.Restarts; n > 0 {
		s += ", " + words.Count(n, "restart")
	}
	return s
}

func (w *watcher) verdict() string {
	switch n := len(w.growing); {
	case n > 0:
		return words.Plural(n, "kind grows", "kinds grow")
	case len(w.history.Totals()) < trend.Least:
		return fmt.Sprintf("too few samples: at least %d are needed", trend.Least)
	}
	return "no kind grows"
}
