package heap

import "os"

// keepAs names a file that is to have the last dump of this process. The linker sets
// it (-X) into a program whose dump another program reads.
var keepAs string

// Keeps reports whether the last dump of this process is kept for another program.
func Keeps() bool { return keepAs != "" }

// Discard has no dump of this process kept. A child of the process whose dump is wanted
// calls it.
func Discard() { keepAs = "" }

// scratch returns an empty file, in memory where the system offers that: the
// runtime writes in pieces of 4 KB while the world is stopped. remove closes
// it, and nothing is left of it.
func scratch() (f *os.File, remove func(), err error) {
	if keepAs != "" {
		f, err = os.Create(keepAs)
		return f, func() { _ = f.Close() }, err
	}
	if f, err := memory(); err == nil {
		return f, func() { _ = f.Close() }, nil
	}
	for _, dir := range []string{"/dev/shm", os.TempDir()} {
		if f, err = os.CreateTemp(dir, "leakcheck-heap-*"); err == nil {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	// Other systems than Windows let go of the name at once, so that nothing
	// stays where the process is killed.
	gone := os.Remove(f.Name()) == nil
	return f, func() {
		_ = f.Close()
		if !gone {
			_ = os.Remove(f.Name())
		}
	}, nil
}
