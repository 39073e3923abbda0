package fleet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
	"github.com/leakcheck-go/goroutine/internal/engine/words"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// History keeps profiles in a folder, from which go tool pprof shows what has
// come to be between two of them:
//
//	go tool pprof -diff_base DIR/api/10.0.0.7_8080/20261124T101500Z.pb.gz DIR/api/10.0.0.7_8080/20261124T111500Z.pb.gz
//
// Each instance has a folder JOB/INSTANCE, and all of them together the folder
// "fleet".
type History struct {
	Dir  string
	Keep int // profiles of each instance; older ones are removed
}

// stamp names a profile by its time, so that names sort by age.
const stamp = "20060102T150405Z"

// Save writes the profiles of a fleet. A problem with one instance does not keep the
// others from being written.
func (h *History) Save(f *Fleet, now time.Time) error {
	var problems []error
	for i := range f.Instances {
		in := &f.Instances[i]
		if len(in.kinds) > 0 {
			problems = append(problems, h.save(h.folder(in), now, in.kinds))
		}
	}
	var all []pprofile.Record
	for _, l := range f.locations {
		r := pprofile.Record{Goroutine: l.goroutine}
		for _, c := range slices.Concat(l.counts, l.peers) {
			r.Count += c.n
		}
		all = append(all, r)
	}
	if len(all) > 0 {
		problems = append(problems, h.save(filepath.Join(h.Dir, "fleet"), now, all))
	}
	return errors.Join(problems...)
}

// Recall reads the newest profile of each suspect, so that [Fleet.Report] can say
// what is new since.
func (h *History) Recall(f *Fleet, now time.Time) {
	for i := range f.Instances {
		in := &f.Instances[i]
		if in.Grade == 0 || in.Total == 0 {
			continue
		}
		dir := h.folder(in)
		entries, _ := profiles(dir)
		if len(entries) == 0 {
			continue
		}
		name := entries[len(entries)-1].Name()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		recs, _ := pprofile.Parse(data)
		before, there := map[uint64]int64{}, 0
		for _, r := range recs {
			hash := f.hash(r.Goroutine)
			if _, ok := f.index[hash]; ok && before[hash] == 0 {
				there++
			}
			before[hash] += r.Count
		}
		// In a profile of another build, most locations are ones that are gone.
		if at, err := time.Parse(stamp, strings.TrimSuffix(name, ".pb.gz")); err == nil && 2*there >= len(before) &&
			there > 0 {
			in.before, in.age = before, now.Sub(at)
		}
	}
}

// profiles are the names of the profiles in a folder, the oldest first.
func profiles(dir string) ([]os.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	return slices.DeleteFunc(entries, func(e os.DirEntry) bool {
		name, ok := strings.CutSuffix(e.Name(), ".pb.gz")
		_, err := time.Parse(stamp, name)
		return !ok || err != nil
	}), err
}

// folder is where the profiles of an instance are. Its names come from outside.
func (h *History) folder(in *Instance) string {
	name := func(s string) string { return strings.TrimRight(words.FileName(s), ".") }
	return filepath.Join(h.Dir, cmp.Or(name(in.Job), "no_job"), cmp.Or(name(in.Instance), "no_name"))
}

// save writes one profile, which is there whole or not at all, and removes the
// oldest ones.
func (h *History) save(dir string, now time.Time, recs []pprofile.Record) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var profile bytes.Buffer
	if err := pprofile.Write(&profile, recs); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if err := atomicfile.Write(filepath.Join(dir, now.UTC().Format(stamp)+".pb.gz"), profile.Bytes(), 0o644); err != nil {
		return err
	}
	return h.prune(dir)
}

// prune removes the oldest profiles of a folder, and nothing else that is in it.
func (h *History) prune(dir string) error {
	if h.Keep <= 0 {
		return nil
	}
	entries, err := profiles(dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, e := range entries[:max(0, len(entries)-h.Keep)] {
		problems = append(problems, os.Remove(filepath.Join(dir, e.Name())))
	}
	return errors.Join(problems...)
}
