package leakhttp

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

// DumperOptions change what a [Dumper] does. The zero value and nil are ready to
// use.
type DumperOptions struct {
	// Step is the growth that is worth a dump, in goroutines. If 0 it is half as
	// many again as there were, but at least 100 and at most 1,000. It is measured
	// from a floor: where the last dump left it, and from there down to what fewer
	// goroutines are left, by half the distance each HalfLife, 10 min if 0.
	Step     int
	HalfLife time.Duration

	// WarmUp is the time from the start of Run in which the service starts what it
	// works with: growth in it is no reason for a dump and lifts the floor. 1 min
	// if 0; a negative one is none.
	WarmUp time.Duration

	Every       time.Duration // between two readings of the count; 1 s if 0 or less
	MinInterval time.Duration // between two dumps because of growth; 1 min if 0

	// Summary is a file for the last words of the process, which nobody may be
	// able to ask for any more: at most 4,096 bytes, the worst first, written again
	// while goroutines rise by steps, or memory in a container of which more than
	// 60 % is in use, and emptied when Run returns. If "" it is /dev/termination-log
	// where that is there, as in a container of Kubernetes, which shows it after the
	// end of a pod; os.DevNull is none.
	Summary string

	Keep     int   // dumps that are kept, the newest; 10 if 0
	MaxBytes int64 // that those may take together, beyond the newest one; 64 MiB if 0

	// Signals are what a dump is written on: on Unix SIGUSR1 if nil, elsewhere
	// none. An empty slice is none.
	Signals []os.Signal

	Full    bool // from the full text, which stops the world, where there are no more than MaxFull goroutines
	MaxFull int  // goroutines up to which there is a full text; 3,000 if 0
	Proof   bool // ask for the proof, which costs a garbage collection

	// Heap reads the heap too, for who holds what goroutines wait for and how much
	// memory they keep, with what Full shows. It takes a garbage collection and stops
	// the world for about 2.5 ms for each megabyte. A heap of more than MaxHeap bytes
	// is not read, which is logged; 256 MiB if 0.
	Heap    bool
	MaxHeap int64

	HideLabels bool // leave out the goroutines' labels, but those of Requests
	HideArgs   bool // leave out the arguments of calls

	// Logger logs each dump as a warning, and what kept one from being written as
	// an error; slog.Default() if nil.
	Logger *slog.Logger
}

// Dumper writes files about the goroutines of this process when there is a
// reason. A dump is two files, named by the time, the process and the reason:
//
//	leakcheck-20261124T094600.123Z-4711-growth.txt      a report, as ?format=text&verbose=1 has it
//	leakcheck-20261124T094600.123Z-4711-growth.pb.gz    all goroutines, for go tool pprof
//
// The report begins with "leakcheck live:". If you give such a file to the
// command leakcheck, it reads the profile of the same name.
//
// Files are written atomically, and only the owner can read them. Older dumps in
// the folder, including those of other processes, are removed as [DumperOptions]
// says, and nothing else is.
//
// Dumpers are made by [NewDumper] and safe for use by several goroutines.
type Dumper struct {
	opts     DumperOptions
	folder   folder
	surveyor *live.Surveyor
	live     func() int // goroutines now

	mu    sync.Mutex
	taken time.Time // when the look of the last dump was taken; the look itself may be large
	total int       // its goroutines
	file  string    // its report
}

const (
	defaultEvery       = time.Second
	defaultMinInterval = time.Minute
	defaultWarmUp      = time.Minute
	defaultKeep        = 10
	defaultMaxBytes    = 64 << 20
)

// NewDumper returns a Dumper that writes into the folder dir. The Dumper makes
// the folder when it first writes to it; its parent has to exist. A nil opts is
// the zero DumperOptions; later changes of opts have no effect. NewDumper
// panics if dir is empty.
func NewDumper(dir string, opts *DumperOptions) *Dumper {
	if dir == "" {
		panic(`leakhttp.NewDumper: dir is empty; consider os.TempDir() or ".", which say where that is`)
	}
	d := &Dumper{live: func() int { return int(capture.Read().Live) }}
	if opts != nil {
		d.opts = *opts
	}
	o := &d.opts
	if o.Every <= 0 { // which a ticker does not take
		o.Every = defaultEvery
	}
	o.MinInterval = cmp.Or(o.MinInterval, defaultMinInterval)
	o.WarmUp = cmp.Or(o.WarmUp, defaultWarmUp)
	if o.Signals == nil {
		o.Signals = defaultSignals
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	d.folder = folder{path: dir, keep: cmp.Or(o.Keep, defaultKeep), maxBytes: cmp.Or(o.MaxBytes, defaultMaxBytes)}
	d.surveyor = &live.Surveyor{MaxFull: o.MaxFull, MaxHeap: o.MaxHeap, HideLabels: o.HideLabels, HideArgs: o.HideArgs}
	d.surveyor.Follow()
	return d
}

// Run watches the process until ctx is done, and leaves nothing behind. Start
// it in a goroutine of its own:
//
//	go dumper.Run(ctx)
//
// It handles the signals while it runs. Afterwards they have their earlier
// effect: SIGUSR1 ends a process that does not handle it.
func (d *Dumper) Run(ctx context.Context) {
	// One signal waits while a dump is written; more of them would ask for the same dump
	// (signal.Notify drops what has no room).
	signals := make(chan os.Signal, 1)
	if len(d.opts.Signals) > 0 {
		signal.Notify(signals, d.opts.Signals...)
		defer signal.Stop(signals)
	}
	ticker := time.NewTicker(d.opts.Every)
	defer ticker.Stop()
	w := watch{Dumper: d, floor: live.Floor{Step: d.opts.Step, HalfLife: d.opts.HalfLife, WarmUp: d.opts.WarmUp},
		words: newLastWords(d.opts.Summary)}
	defer w.words.clear()
	// The floor begins with the process and not one tick later.
	w.look(ctx, time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			d.report(d.dump(ctx, onSignal))
		case <-ticker.C:
			w.look(ctx, time.Now())
		}
	}
}

// watch is what one Run knows of the number of goroutines.
type watch struct {
	*Dumper
	floor live.Floor
	tried time.Time // when a dump because of growth was last tried
	words lastWords
}

// look writes a dump if there is a step, and the last one is long enough ago. A
// dump that was not to be written is tried again.
func (w *watch) look(ctx context.Context, now time.Time) {
	n := w.live()
	step := w.floor.Observe(now, n)
	defer func() { w.speak(ctx, now, n, step) }() // after the dump, which is the larger half
	if !step || !w.tried.IsZero() && now.Sub(w.tried) < w.opts.MinInterval {
		return
	}
	// Set before the dump: one that fails is not tried at every tick.
	w.tried = now
	file, err := w.dump(ctx, onGrowth)
	if w.report(file, err); err == nil {
		w.floor.Raise(n)
	}
}

// report logs. Cancellation is not logged.
func (d *Dumper) report(file string, err error) {
	switch {
	case err == nil:
		d.mu.Lock()
		total := d.total
		d.mu.Unlock()
		d.opts.Logger.Warn("goroutines dumped", "goroutines", total, "file", file)
	case !errors.Is(err, context.Canceled):
		d.opts.Logger.Error("goroutines not dumped", "err", err)
	}
}

// Dump writes a dump now and returns the path of its report; the profile has the
// same name with another ending. Within a second of the last dump it returns that
// dump. It may be called whether Run runs or not, and does not move the floor.
//
// The error says what could not be written, or is the error of ctx, which
// ends the wait for another survey of the process.
func (d *Dumper) Dump(ctx context.Context) (report string, err error) {
	return d.dump(ctx, onDemand)
}

func (d *Dumper) dump(ctx context.Context, why reason) (string, error) {
	v, err := d.look(ctx)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	// Looks of one second are shared, so this one may be written already, by a signal or
	// another call.
	if v.Taken.Equal(d.taken) {
		return d.file, nil
	}
	file, err := d.folder.write(v, why)
	if err != nil {
		return "", err
	}
	// Set before old dumps are removed: this one is written, whatever becomes of those.
	d.taken, d.total, d.file = v.Taken, v.Total, file
	if err := d.folder.tidy(); err != nil {
		d.opts.Logger.Error("older goroutine dumps not removed", "err", err)
	}
	return file, nil
}

// look takes the best look that is available.
func (d *Dumper) look(ctx context.Context) (*live.Survey, error) {
	ask := live.Ask{Full: d.opts.Full || d.opts.Heap, Proof: d.opts.Proof, Heap: d.opts.Heap}
	for {
		v, err := d.surveyor.Look(ctx, ask)
		refused, ok := errors.AsType[*live.RefusedError](err)
		if !ok {
			return v, err
		}
		// Rather a dump without stacks in full than none: the service is in trouble, and may
		// not live to be asked again.
		switch refused.What {
		case live.Text:
			ask.Full, ask.Heap = false, false
		case live.Heap:
			ask.Heap = false
			d.opts.Logger.Warn("heap not read for a goroutine dump", "err", err)
		case live.Proof:
			ask.Proof = false
		}
	}
}
