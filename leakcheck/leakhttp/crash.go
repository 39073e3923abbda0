package leakhttp

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/stackparse"
)

const (
	crashPrefix = "leakcheck-crash-"
	crashEnding = ".txt"
	keptCrashes = 10
	maxCrash    = 64 << 20 // bytes that are read of one
	shownCrash  = 3        // goroutines that the log explains
)

// CrashOutput makes the runtime also write what it prints in a crash of this
// process to a file in the folder dir. It logs the crash of an earlier process
// that is in this folder: the message, and a report on the goroutine that crashed
// and on the first others. Call it once, early in main:
//
//	if err := leakhttp.CrashOutput("/var/lib/shop/crashes", nil); err != nil {
//		slog.Error("no crash output", "err", err)
//	}
//
// A crash is a panic that nobody recovers, or a fatal error such as concurrent
// map writes. The runtime writes the file itself, however broken the process is.
// There is no file if the process is killed, for example for lack of memory: see
// [DumperOptions.Summary]. By default the file has only the goroutine that
// crashed; with GOTRACEBACK=all it has all goroutines.
//
// The folder is made if its parent is there, and belongs to one process at a time.
// The newest ten crashes are kept. A nil log is slog.Default(). The error says why
// there is no file; an earlier crash is logged even then.
func CrashOutput(dir string, log *slog.Logger) error {
	if log == nil {
		log = slog.Default()
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Before the new file is there: it is empty, and would be taken away.
	if err := explainCrashes(dir, log); err != nil {
		log.Error("crashes of earlier processes not read", "err", err)
	}
	name := fmt.Sprintf("%s%s-%d.new", crashPrefix, time.Now().UTC().Format("20060102T150405.000Z"), os.Getpid())
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = debug.SetCrashOutput(f, debug.CrashOptions{}) // which keeps a descriptor of its own
	return errors.Join(err, f.Close())
}

// explainCrashes logs what earlier processes have written, removes the files of
// those that have not crashed, and keeps the newest others under another name.
func explainCrashes(dir string, log *slog.Logger) error {
	// Of a file system, so that nothing in the name of the folder is a pattern.
	names, err := fs.Glob(os.DirFS(dir), crashPrefix+"*.new")
	errs := []error{err}
	for _, name := range names {
		name = filepath.Join(dir, name)
		info, err := os.Stat(name)
		// Nothing was written: that process ended in another way, or was killed.
		if err == nil && info.Size() == 0 {
			err = os.Remove(name)
		} else if err == nil {
			kept := strings.TrimSuffix(name, ".new") + crashEnding
			if err = os.Rename(name, kept); err == nil {
				err = logCrash(kept, info, log)
			}
		}
		errs = append(errs, err)
	}
	old, _ := fs.Glob(os.DirFS(dir), crashPrefix+"*"+crashEnding)
	slices.Sort(old) // by time
	for _, name := range old[:max(len(old)-keptCrashes, 0)] {
		errs = append(errs, os.Remove(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

func logCrash(name string, info fs.FileInfo, log *slog.Logger) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	// With GOTRACEBACK=all the file has every stack; reading it must not exhaust the
	// memory of the process that has just begun.
	text := make([]byte, min(maxCrash, info.Size()))
	n, err := f.ReadAt(text, 0)
	if n == 0 && err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	message, why := explainCrash(text[:n])
	log.Error("the last process crashed", "at", info.ModTime().UTC().Format(time.RFC3339), "message", message,
		"explained", why, "file", name)
	return nil
}

// explainCrash returns the first line of what the runtime has printed, and a
// report of the goroutines.
func explainCrash(text []byte) (message, why string) {
	// The runtime prints the message of the panic or fatal error before the first
	// goroutine.
	before, _, _ := bytes.Cut(text, []byte("\ngoroutine "))
	first, _, _ := strings.Cut(strings.TrimSpace(string(before)), "\n")
	message = report.Escape(report.Cut(first, report.MaxNote))
	gs, _ := stackparse.Parse(text) // what it does not know is in the file
	var leaks []report.Leak
	for i := range gs {
		if i == 0 || !filters.IsBenign(&gs[i]) {
			leaks = append(leaks, report.Leak{Goroutine: gs[i], Rank: i, Crash: i == 0})
		}
	}
	in := report.Input{Kind: report.Dumped, Subject: "the process that crashed", Leaks: leaks, Tree: source.Here(),
		Leave: report.ByNone}
	return message, report.Text{}.String(in.Build().First(shownCrash, "in the file"))
}
