package leakhttp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/live"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// reason is why a dump was written, as its name says.
type reason string

const (
	onGrowth reason = "growth"
	onSignal reason = "signal"
	onDemand reason = "demand"
)

// The endings of the two files of a dump.
const (
	reportEnding  = ".txt"
	profileEnding = ".pb.gz"
)

// ours matches the names of files that a folder may remove. The names of one
// ending sort by time.
var ours = regexp.MustCompile(`^(leakcheck-\d{8}T\d{6}\.\d{3}Z-\d+-(?:growth|signal|demand))\.(?:txt|pb\.gz)$`)

// folder is where dumps are. Nothing in it is remembered from one to the next:
// others may write there, and someone may tidy up.
type folder struct {
	path     string
	keep     int
	maxBytes int64
}

// maxFindings bounds the report in a file, which a person reads. The profile has
// all.
const maxFindings = 500

// write writes both files of a dump and returns the path of the report, which is
// there last: who sees it has both.
func (f *folder) write(v *live.Survey, why reason) (string, error) {
	if err := os.Mkdir(f.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	stem := filepath.Join(f.path, fmt.Sprintf("leakcheck-%s-%d-%s", v.Taken.UTC().Format("20060102T150405.000Z"),
		os.Getpid(), why))
	// The large half first: where the disk is full, no report points at a profile that
	// is missing.
	err := f.put(stem+profileEnding, func(w io.Writer) error { return pprofile.Write(w, v.All) })
	if err != nil {
		return "", err
	}
	err = f.put(stem+reportEnding, func(w io.Writer) error {
		text := report.Text{Name: report.LiveName, Verbose: true}
		return text.Write(w, shortened(v, maxFindings, "in the profile of the same name"))
	})
	if err != nil {
		_ = os.Remove(stem + profileEnding)
		return "", err
	}
	return stem + reportEnding, nil
}

// put writes a file for the owner of the process alone, as dumps hold what users
// sent. It fails where the disk is full.
func (f *folder) put(path string, write func(io.Writer) error) error {
	var data bytes.Buffer
	if err := write(&data); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, data.Bytes(), 0o600)
}

// stale is how old a part has to be for nobody to be writing it any more.
const stale = time.Hour

// tidy removes the oldest dumps until they are as few and as small as they may
// be. The newest one stays whatever its size.
func (f *folder) tidy() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	var errs []error
	remove := func(name string) {
		if err := os.Remove(filepath.Join(f.path, name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	files, sizes := map[string][]string{}, map[string]int64{} // by dump
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue // gone by now, or not ours
		}
		if match := ours.FindStringSubmatch(e.Name()); match != nil {
			files[match[1]] = append(files[match[1]], e.Name())
			sizes[match[1]] += info.Size()
		} else if part, _ := filepath.Match(atomicfile.Pattern, e.Name()); part && time.Since(info.ModTime()) > stale {
			remove(e.Name())
		}
	}
	kept, size := 0, int64(0)
	for _, dump := range slices.Backward(slices.Sorted(maps.Keys(files))) {
		size += sizes[dump]
		if kept++; kept > 1 && (kept > f.keep || size > f.maxBytes) {
			for _, name := range files[dump] {
				remove(name)
			}
		}
	}
	return errors.Join(errs...)
}
