package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
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
	dir   string
	there map[string]fs.FileInfo // its files; the time of one is when its use was recorded
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
	k := &kept{dir: dir, there: map[string]fs.FileInfo{}}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			k.there[e.Name()] = info
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
	info, ok := k.there[name]
	delete(k.there, name)
	switch {
	// A crash of the system may leave a file with its name and no contents.
	case !ok || info.Size() != int64(len(text)):
		// Another run may read the old one at the same time.
		err := atomicfile.Put(path, 0o600, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
		if err != nil {
			return ""
		}
	case time.Since(info.ModTime()) > recordUse:
		now := time.Now()
		_ = os.Chtimes(path, now, now) // else it is written once more in a month
	}
	return path
}

// close removes what no run has used for long.
func (k *kept) close() {
	if k == nil {
		return
	}
	for name, info := range k.there { // and was not used in this run
		if time.Since(info.ModTime()) > keepFor {
			_ = os.Remove(filepath.Join(k.dir, name)) // another run may have done so
		}
	}
}
