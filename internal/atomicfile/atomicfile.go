// Package atomicfile writes files so that a reader sees the old content or the
// new and never a part of either.
//
// Only a regular file can be replaced in this way, by renaming a new one over
// it. [Write] follows symbolic links to find out what a name stands for, and
// opens and writes anything else: a device, a named pipe, or the standard output
// of this process under a name such as /dev/stdout. A rename would put a
// regular file in their place, and a process of root is allowed to do so.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Pattern matches the names of files that are being written. One that is old was
// left by a process that was killed.
const Pattern = ".atomicfile-*.tmp"

// Write makes data the content of the file name. A new file gets the mode perm,
// less what the process masks; one that exists keeps its mode.
func Write(name string, data []byte, perm fs.FileMode) error {
	t, err := find(name)
	if err != nil {
		return err
	}
	if t.stream != nil {
		_, err := t.stream.Write(data)
		return err
	}
	if t.info != nil && !t.info.Mode().IsRegular() || t.descriptor {
		return t.write(data)
	}
	if err := t.writable(); err != nil {
		return err
	}
	return t.replace(data, perm)
}

// Put makes what fill writes the content of the file name, for a cache. Unlike [Write]
// it follows no links and does not wait for the disk: a crash of the system can leave
// the name with a part of the content.
func Put(name string, perm fs.FileMode, fill func(io.Writer) error) error {
	t := &target{path: name}
	return t.swap(perm, func(f *os.File) error { return fill(f) })
}

// Check returns the error that [Write] would meet, as far as that can be told
// before: the folder is missing, the file is a folder, or the process may not
// write there. It changes no file.
func Check(name string) error {
	t, err := find(name)
	if err != nil || t.stream != nil {
		return err
	}
	if t.info == nil {
		return t.creatable()
	}
	return t.writable()
}

// Same reports whether writing to a destroys what was written to b: both stand
// for one regular file, which need not exist.
func Same(a, b string) bool {
	ta, err := find(a)
	if err != nil {
		return false
	}
	tb, err := find(b)
	switch {
	case err != nil || ta.stream != nil || tb.stream != nil || ta.descriptor || tb.descriptor:
		return false
	case ta.info != nil && tb.info != nil:
		return ta.info.Mode().IsRegular() && os.SameFile(ta.info, tb.info)
	case ta.info != nil || tb.info != nil:
		return false
	}
	// Neither exists, so that the folders decide.
	da, err := os.Stat(filepath.Dir(ta.path))
	if err != nil {
		return filepath.Clean(ta.path) == filepath.Clean(tb.path)
	}
	db, err := os.Stat(filepath.Dir(tb.path))
	return err == nil && os.SameFile(da, db) && filepath.Base(ta.path) == filepath.Base(tb.path)
}

// target is what a name stands for.
type target struct {
	path string      // without links at its end
	info fs.FileInfo // nil where nothing is there
	// stream is the standard output or error of this process, where that is the
	// same file. Opened once more it would be written from its beginning.
	stream *os.File
	// descriptor says that the name is one of an open file, such as /dev/fd/3.
	// What it leads to must not be replaced, as the open file would be lost.
	descriptor bool
}

// maxLinks bounds the symbolic links that are followed, as the kernel does.
const maxLinks = 40

func find(name string) (*target, error) {
	t := &target{path: name}
	info, err := os.Stat(name)
	switch {
	case err == nil:
		t.info = info
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if t.info != nil && t.info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a folder")}
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if open, err := f.Stat(); err == nil && t.info != nil && os.SameFile(open, t.info) {
			t.stream = f
			return t, nil
		}
	}
	// A link is resolved by hand, as it may lead to a file that is yet to be made.
	for range maxLinks {
		if isDescriptor(t.path) {
			t.descriptor = true
			return t, nil
		}
		to, err := os.Readlink(t.path)
		if err != nil {
			return t, nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(realDir(t.path), to)
		}
		t.path = to
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("too many symbolic links")}
}

// realDir is the folder of path without links, from which a link in it counts.
func realDir(path string) string {
	dir := filepath.Dir(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

func isDescriptor(path string) bool {
	dir := filepath.ToSlash(filepath.Dir(path))
	return dir == "/dev/fd" || strings.HasPrefix(dir, "/proc/") && strings.HasSuffix(dir, "/fd")
}

// writable reports why the file cannot be written, without a change to it.
func (t *target) writable() error {
	// To open a named pipe would wait for its reader.
	if t.info == nil || t.info.Mode()&fs.ModeNamedPipe != 0 {
		return nil
	}
	f, err := os.OpenFile(t.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// creatable reports why the file cannot be made, by making another one next to it.
func (t *target) creatable() error {
	f, err := t.temp(0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", t.path, cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// temp makes a file next to the target. Unlike os.CreateTemp it leaves the mode
// to perm and the mask of the process.
func (t *target) temp(perm fs.FileMode) (*os.File, error) {
	for i := range int64(100) {
		// The name is short, since the target's may be as long as names can be. Two
		// writers may read the same time: O_EXCL tells the second to go on to the next.
		unique := strconv.FormatInt(time.Now().UnixNano()+i, 16)
		name := filepath.Join(filepath.Dir(t.path), strings.Replace(Pattern, "*", unique, 1))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, fs.ErrExist
}

// replace writes data to a new file and renames that to the target.
func (t *target) replace(data []byte, perm fs.FileMode) error {
	err := t.swap(perm, func(f *os.File) error {
		_, err := f.Write(data)
		if t.info != nil {
			err = errors.Join(err, f.Chmod(t.info.Mode().Perm()))
		}
		// Without Sync a crash of the system can leave the new name with no content.
		return errors.Join(err, f.Sync())
	})
	if err == nil {
		return nil
	}
	// A file that may be written can lie in a folder that may not, or be mounted
	// by itself, as containers do with single files; it cannot be renamed over.
	if t.info != nil && !noSpace(err) {
		return t.write(data)
	}
	return fmt.Errorf("open %s: %w", t.path, cause(err))
}

// swap renames a new file with what fill writes to the target.
func (t *target) swap(perm fs.FileMode, fill func(*os.File) error) error {
	f, err := t.temp(perm)
	if err != nil {
		return err
	}
	if err = errors.Join(fill(f), f.Close()); err == nil {
		err = rename(f.Name(), t.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// write writes into what is there.
func (t *target) write(data []byte) error {
	flags := os.O_WRONLY
	switch {
	case t.descriptor:
		flags |= os.O_APPEND // others write to the same file
	case t.info.Mode().IsRegular():
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(t.path, flags, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// noSpace reports whether err says that the data did not fit. Then the old
// content is better than a part of the new one.
func noSpace(err error) bool {
	p, ok := errors.AsType[*fs.PathError](err)
	return ok && (p.Op == "write" || p.Op == "sync")
}

// cause is err without the name of the temporary file.
func cause(err error) error {
	// errors.As weighs 15 KB more in a test binary.
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// rename is os.Rename, tried again for a while where that is not permitted:
// Windows replaces no file that another process is reading.
func rename(from, to string) error {
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := os.Rename(from, to)
		if !errors.Is(err, fs.ErrPermission) || time.Since(start) > time.Second {
			return err
		}
	}
}
