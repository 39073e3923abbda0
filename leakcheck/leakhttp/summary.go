package leakhttp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

const (
	// terminationLog is the file of a container that Kubernetes shows after its
	// end: its first maxSummary bytes.
	terminationLog = "/dev/termination-log"
	maxSummary     = 4096

	// summaryInterval is the time between two summaries.
	summaryInterval = 10 * time.Second

	// crowded is the part of the memory from which on a rise of it is worth a
	// summary, and rise the part that makes one.
	crowded = 0.6
	rise    = 0.02
)

// lastWords keeps a file in case the process is killed, which happens without
// a warning. It is written while there is a reason.
type lastWords struct {
	path    string // "" for none
	memory  func() (used, limit int64)
	written time.Time
	count   int   // goroutines in the last one
	used    int64 // memory then
	failed  bool  // to write, and so logged
}

// newLastWords returns those for a file, by default for Kubernetes where that has
// made one.
func newLastWords(path string) lastWords {
	if path == "" {
		if info, err := os.Stat(terminationLog); err == nil && info.Mode().IsRegular() {
			path = terminationLog
		}
	}
	if path == os.DevNull {
		path = ""
	}
	return lastWords{path: path, memory: cgroup{"/sys/fs/cgroup"}.memory}
}

// due reports whether a summary is worth a look: there are more goroutines, or more
// memory of little is used, than when the last one was written.
func (l *lastWords) due(now time.Time, n int, grown bool) bool {
	if l.path == "" || !l.written.IsZero() && now.Sub(l.written) < summaryInterval {
		return false
	}
	used, limit := l.memory()
	tight := limit > 0 && float64(used) >= crowded*float64(limit) && float64(used-l.used) >= rise*float64(limit)
	return grown && n > l.count || tight
}

// write writes a summary of v.
func (l *lastWords) write(now time.Time, n int, v *live.Survey) error {
	used, limit := l.memory()
	l.written, l.count, l.used = now, n, used
	return overwrite(l.path, summary(v, used, limit))
}

// clear empties the file at the end of the Dumper, after which nothing is about to
// happen.
func (l *lastWords) clear() {
	if !l.written.IsZero() {
		_ = os.Truncate(l.path, 0)
	}
}

// overwrite puts text at the beginning of a file and cuts it there. The file
// cannot be replaced, as Kubernetes mounts it, and it is never empty in between.
func overwrite(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	if err == nil {
		err = f.Truncate(int64(len(text)))
	}
	return errors.Join(err, f.Close())
}

// summary is what to know first, in lines, at most maxSummary bytes of them.
func summary(v *live.Survey, used, limit int64) []byte {
	var b bytes.Buffer
	line := func(text string) bool {
		text = report.Escape(report.Cut(text, 500)) + "\n"
		if b.Len()+len(text) > maxSummary {
			return false
		}
		b.WriteString(text)
		return true
	}
	head := fmt.Sprintf("leakcheck: %d goroutines at %s", v.Total, v.Taken.UTC().Format(time.RFC3339))
	if limit > 0 {
		head += fmt.Sprintf(", %d of %d MiB of memory in use", used>>20, limit>>20)
	}
	line(head)
	for i := range v.Report.Requests {
		line("left: " + v.Report.Requests[i].String())
	}
	r := v.Report.Fold()
	for i := range r.Findings {
		f := &r.Findings[i]
		text := f.Title()
		if grade := f.Grade(); grade != "" {
			text += " (" + grade + ")"
		}
		if f.At.Func != "" {
			text += " at " + f.At.Position() + " " + report.ShortName(f.At.Func)
		}
		if f.Trend != "" {
			text += "; " + f.Trend
		}
		if !line(text) {
			break
		}
	}
	return b.Bytes()
}

// cgroup is where the kernel tells how much memory a container has and uses.
type cgroup struct{ root string }

// memory returns the bytes in use, without pages of files that the kernel can
// drop, and the limit: 0 if there is none or it is not known.
func (c cgroup) memory() (used, limit int64) {
	for _, names := range [][3]string{
		{"memory.current", "memory.max", "memory.stat"},
		{"memory/memory.usage_in_bytes", "memory/memory.limit_in_bytes", "memory/memory.stat"}, // before version 2
	} {
		used, limit = c.number(names[0]), c.number(names[1])
		if used > 0 && limit > 0 && limit < 1<<60 { // version 1 says "none" by a large number
			return max(used-c.inactive(names[2]), 0), limit
		}
	}
	return 0, 0
}

func (c cgroup) number(name string) int64 {
	data, _ := os.ReadFile(filepath.Join(c.root, name))
	n, _ := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64) // "max" is none
	return n
}

func (c cgroup) inactive(name string) int64 {
	data, _ := os.ReadFile(filepath.Join(c.root, name))
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if key == "inactive_file" || key == "total_inactive_file" {
			n, _ := strconv.ParseInt(value, 10, 64)
			return n
		}
	}
	return 0
}

// speak writes the summary if that is due.
func (w *watch) speak(ctx context.Context, now time.Time, n int, grown bool) {
	if !w.words.due(now, n, grown) {
		return
	}
	v, err := w.surveyor.Look(ctx, live.Ask{})
	if err == nil {
		err = w.words.write(now, n, v)
	}
	// Said once: the same disk is likely to fail at every tick.
	if err != nil && !w.words.failed && !errors.Is(err, context.Canceled) {
		w.words.failed = true
		why := err
		var path *fs.PathError
		if errors.As(err, &path) {
			why = cmp.Or(path.Err, err)
		}
		w.opts.Logger.Error("summary of goroutines not written", "file", w.words.path, "err", why)
	}
}
