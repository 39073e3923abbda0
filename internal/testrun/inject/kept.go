package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
)

// kept is a folder that keeps files from run to run. Writing two hundred files
// and removing them again takes a tenth of a second, and most of them are the same
// in each run. The name of a file is the hash of its contents, so what is there is
// right, for every version of leakcheck and every release of Go. As in the build
// cache, files that no run has used for a month are removed.
type kept struct {
	dir  string
	used map[string]time.Time // the files there, and when that was recorded
	old  []string             // files to remove
}

const (
	// recordUse is how old the record of a file's last use may be.
	recordUse = 24 * time.Hour
	// keepFor is how long a file is kept after its last use.
	keepFor = 30 * 24 * time.Hour
)

// KeptDir is the folder for [Request.Kept] in the cache folder of the user, or
// "" where the user has none.
func KeptDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "leakcheck")
}

// openKept opens the folder dir, which is made where its parent exists. It returns
// nil for "" and where files cannot be kept there.
func openKept(dir string) *kept {
	if dir == "" {
		return nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	k := &kept{dir: dir, used: map[string]time.Time{}}
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case time.Since(info.ModTime()) > keepFor:
			k.old = append(k.old, filepath.Join(dir, e.Name()))
		default:
			k.used[e.Name()] = info.ModTime()
		}
	}
	return k
}

// file returns a file with this text whose name ends in base, or "" where it
// cannot be written.
func (k *kept) file(base string, text []byte) string {
	if k == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	name := hex.EncodeToString(sum[:16]) + "_" + base
	path := filepath.Join(k.dir, name)
	used, ok := k.used[name]
	switch {
	case !ok:
		// Renamed into place: another run may read it at the same time, and one that is
		// killed leaves no part of a file under this name.
		if atomicfile.Write(path, text, fs.FileMode(0o600)) != nil {
			return ""
		}
	case time.Since(used) > recordUse:
		now := time.Now()
		_ = os.Chtimes(path, now, now) // else it is written once more in a month
	}
	k.used[name] = time.Now()
	return path
}

// close removes what was not used for long.
func (k *kept) close() {
	if k == nil {
		return
	}
	for _, path := range k.old {
		if _, again := k.used[filepath.Base(path)]; !again {
			_ = os.Remove(path) // a run at the same time may have done so
		}
	}
}
