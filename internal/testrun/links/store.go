package links

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/leakcheck-go/goroutine/internal/atomicfile"
)

const (
	// sizeLimit bounds all files of the store, some hundred small test binaries.
	sizeLimit = 1 << 30
	// keepFor is how long a binary is kept after its last use. Any change to the code
	// makes another one.
	keepFor = 2 * 24 * time.Hour
)

// store is a folder of linked binaries. The name of a file is its key, and the time
// of a file is that of its last use. What cannot be read or written is linked.
type store struct {
	dir   string
	start time.Time // of this run
	limit int64     // for the sizes of all files
}

// trailer follows the contents: a crash of the system may leave a part of a file.
func trailer(size int64, sum uint32) string { return fmt.Sprintf("%016x%08x", size, sum) }

var trailerLen = int64(len(trailer(0, 0)))

// copyTo writes what is kept under a key to a new file, and reports whether it is
// there now, whole.
func (s *store) copyTo(name, key string) bool {
	path := filepath.Join(s.dir, key)
	kept, err := os.Open(path)
	if err != nil {
		return false
	}
	defer kept.Close()
	info, err := kept.Stat()
	if err != nil {
		return false
	}
	// No link to the kept file: the go command writes the hash of the binary into it.
	const mode = 0o775 // as the linker
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return false
	}
	size := info.Size() - trailerLen
	sum, err := copySum(f, io.LimitReader(kept, size))
	end, readErr := io.ReadAll(kept)
	if errors.Join(err, readErr, f.Close()) != nil || string(end) != trailer(size, sum) {
		_ = os.Remove(name)
		return false
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now)
	return true
}

// put keeps a binary under a key. Another run may put the same at the same time.
func (s *store) put(key, binary string) {
	f, err := os.Open(binary)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !s.makeRoom(info.Size()+trailerLen) {
		return
	}
	_ = atomicfile.Put(filepath.Join(s.dir, key), 0o600, func(w io.Writer) error {
		sum, err := copySum(w, f)
		if err == nil {
			_, err = io.WriteString(w, trailer(info.Size(), sum))
		}
		return err
	})
}

// copySum copies and returns the checksum of what it copied.
func copySum(to io.Writer, from io.Reader) (uint32, error) {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	_, err := io.CopyBuffer(io.MultiWriter(to, sum), from, make([]byte, 1<<18))
	return sum.Sum32(), err
}

// makeRoom removes the binaries that were not used for longest until n bytes more
// fit, and reports whether they do. What this run has used stays: a module with
// more binaries than fit would lose each one before it is linked again.
func (s *store) makeRoom(n int64) bool {
	all := s.files()
	for _, f := range all {
		n += f.Size()
	}
	for ; n > s.limit && len(all) > 0 && all[0].ModTime().Before(s.start); all = all[1:] {
		if os.Remove(filepath.Join(s.dir, all[0].Name())) == nil {
			n -= all[0].Size()
		}
	}
	return n <= s.limit
}

// trim removes what no run has used for long.
func (s *store) trim() {
	for _, f := range s.files() {
		if s.start.Sub(f.ModTime()) > keepFor {
			_ = os.Remove(filepath.Join(s.dir, f.Name())) // another run may have done so
		}
	}
}

// files are those of the store, the one that was not used for longest first.
func (s *store) files() []fs.FileInfo {
	entries, _ := os.ReadDir(s.dir)
	var all []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			all = append(all, info)
		}
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	return all
}
