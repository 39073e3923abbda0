package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
)

// Save writes b to the file path, and its folder if there is none. A reader
// sees the old file or the new one and never a part; if the content is the
// same the file is not touched.
func Save(path string, b Baseline) error {
	data := Format(b)
	// A file that is written has a new time, for which go test runs the tests again.
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(path, data, 0o644)
}

// pause is what a process waits before it tries again what another one is in
// the way of.
const pause = 5 * time.Millisecond

// Edit replaces the baseline in the file path by what change makes of it;
// errors call the file name. A file that is not there is an empty baseline, one
// that cannot be read is an error and stays as it is. Processes that edit the
// same file do so one after the other: go test runs packages side by side.
//
// change is called again when another process was faster. Where it changes
// nothing, nothing is written, so that the folder need not be writable.
func Edit(path, name string, change func(Baseline) Baseline) error {
	before, err := loadAny(path, name)
	if err != nil {
		return err
	}
	if bytes.Equal(Format(change(before)), Format(before)) {
		return nil
	}
	if err := edit(path, name, change); err != nil {
		return fmt.Errorf("%s cannot be updated: %w", name, err)
	}
	return nil
}

func edit(path, name string, change func(Baseline) Baseline) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	unlock, err := lock(path+".lock", abandoned)
	if err != nil {
		return err
	}
	// Again, with the lock: another process may have written it.
	before, err := loadAny(path, name)
	if err == nil {
		err = Save(path, change(before))
	}
	return errors.Join(err, unlock())
}

// loadAny is [Load] for callers that may create the file.
func loadAny(path, name string) (Baseline, error) {
	b, err := Load(path, name)
	if errors.Is(err, fs.ErrNotExist) {
		return Baseline{}, nil
	}
	return b, err
}

// abandoned is how long a lock is waited for before it is taken to be left over
// from a process that was killed. It is held for the time of a write.
const abandoned = 10 * time.Second

// lock creates the file path, or waits until it is gone, and returns what
// removes it. The locks of the operating systems, which end with their process,
// differ too much for what is at stake: who takes over from a process that was
// stopped for so long, and not killed, may lose an entry of an update.
func lock(path string, patience time.Duration) (unlock func() error, err error) {
	var seen fs.FileInfo // the lock that is waited for
	var since time.Time
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
		if err == nil {
			return func() error { return os.Remove(path) }, f.Close()
		}
		// Windows denies access to a file that is about to go.
		info, gone := os.Lstat(path)
		if !errors.Is(err, fs.ErrExist) && gone != nil {
			return nil, err
		}
		switch now := time.Now(); {
		case gone != nil:
			continue
		// Another process has it now, and the wait begins again.
		case seen == nil || !os.SameFile(seen, info) || !seen.ModTime().Equal(info.ModTime()):
			seen, since = info, now
		case now.Sub(since) > patience:
			// Another process that waits may have removed it just now.
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		time.Sleep(pause)
	}
}
