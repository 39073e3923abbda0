// Package source knows where code lives: which of a dump's functions belong to
// the standard library, how a file's path reads best, what a line contains, and
// what it waits for or has locked.
//
// The last is read from the parsed file, without types. A file is parsed at the
// first such question, and then kept, so that a check that finds nothing parses
// nothing. What the file does not show stays unknown: a channel that came as an
// argument, a lock that another function took.
package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Tree is the surroundings in which paths are read. The zero Tree knows
// nothing: files are named as they are printed and no line can be read.
type Tree struct {
	GoRoot string // folder of the standard library's packages, with a slash at the end; "" with -trimpath
	Module string // path of the main module
	Dir    string // working directory: the package's folder in a test
	Root   string // folder of the module that Dir is in

	// Until is when the dump was written; zero where that is not known. A file
	// that has changed since is not read: its lines are other ones now.
	Until time.Time

	built string // where Root was when the program was built, with a slash at the end; "" if it was there

	mu      sync.Mutex
	files   map[string][]string
	parsed  map[string]*syntax
	changed []string        // files, as they are printed
	shared  map[string]bool // go statements: see Shared
}

// Here returns the Tree of this process, the same one each time. The first call
// makes it, and records the working directory.
func Here() *Tree { return here() }

var here = sync.OnceValue(func() *Tree {
	t := &Tree{GoRoot: goRoot()}
	if info, ok := debug.ReadBuildInfo(); ok {
		t.Module = info.Main.Path
	}
	if dir, err := os.Getwd(); err == nil {
		t.Dir, t.Root = dir, Above(dir, "go.mod")
	}
	return t
})

// goRoot finds the library's sources by the file of one of its functions, as
// the compiler wrote it down; runtime.GOROOT may speak of another machine.
func goRoot() string {
	fn := runtime.FuncForPC(reflect.ValueOf(errors.New).Pointer())
	file, _ := fn.FileLine(fn.Entry())
	root, ok := strings.CutSuffix(file, "errors/errors.go")
	if !ok {
		return ""
	}
	return root
}

// Above returns the nearest folder from dir upwards that holds what is called name, ""
// if there is none.
func Above(dir, name string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		// The folder above the root is the root.
		if up == dir {
			return ""
		}
		dir = up
	}
}

// Own reports whether the function fn is the main module's, as far as that is
// known.
func (t *Tree) Own(fn string) bool {
	// External tests are a package of their own.
	pkg := strings.TrimSuffix(stackparse.Package(fn), "_test")
	return t.Module != "" && (pkg == "main" || pkg == t.Module || strings.HasPrefix(pkg, t.Module+"/"))
}

// Std reports whether the function fn, printed with its file, is the standard
// library's. A function literal of the library that is compiled into a user's
// function has the name of that one: shop.Find.Values[...].func1, with the file
// of package slices.
func (t *Tree) Std(fn, file string) bool {
	pkg := stackparse.Package(fn)
	known := t.GoRoot != "" && filepath.IsAbs(file)
	switch {
	case known && strings.HasPrefix(file, t.GoRoot):
		return pkg != "main" || !strings.HasPrefix(file, t.GoRoot+"cmd/") // the programs of Go itself
	case known || pkg == "main" || t.Own(fn):
		return false
	}
	// Import paths of the standard library have no dot in their first element.
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && !strings.HasSuffix(pkg, "_test") && !strings.HasSuffix(file, "_test.go")
}

// User returns the index of the innermost of the calls that is not the standard
// library's, -1 where all are.
func (t *Tree) User(calls []stackparse.Frame) int {
	return slices.IndexFunc(calls, func(f stackparse.Frame) bool { return !t.Std(f.Func, f.File) })
}

// Short returns file as a person in Dir would write it: relative to Dir where
// it lies in the same module, without the folders above the module cache or
// the standard library, else as it is.
func (t *Tree) Short(file string) string {
	if rest, ok := strings.CutPrefix(file, t.GoRoot); ok && t.GoRoot != "" {
		return rest
	}
	// A folder pkg/mod with no version in a name is somebody's own.
	if _, rest, ok := strings.Cut(file, "/pkg/mod/"); ok && strings.Contains(rest, "@") {
		return Unescape(rest)
	}
	if path := t.locate(filepath.FromSlash(file)); t.Root != "" && within(t.Root, path) {
		if rel, err := filepath.Rel(t.Dir, path); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return file
}

// Unescape undoes what the module cache does to capital letters, so that folders
// differ on every system: !i!b!m is IBM.
func Unescape(path string) string {
	if !strings.Contains(path, "!") {
		return path
	}
	var b strings.Builder
	upper := false
	for _, r := range path {
		switch {
		case r == '!':
			upper = true
		case upper:
			b.WriteString(strings.ToUpper(string(r)))
			upper = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func within(dir, file string) bool {
	return strings.HasPrefix(file, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// maxFile bounds what is read for a line of source.
const maxFile = 4 << 20

// Lines returns the lines of file, or nil where it cannot be read. Files built
// with -trimpath are looked for in the main module.
func (t *Tree) Lines(file string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines, ok := t.files[file]
	if !ok {
		lines = t.read(file)
		if t.files == nil {
			t.files = map[string][]string{}
		}
		t.files[file] = lines // nil as well: what is not there is not looked for again
	}
	return lines
}

// Line returns line n of file without the space around it, or "".
func (t *Tree) Line(file string, n int) string {
	lines := t.Lines(file)
	if n < 1 || n > len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[n-1])
}

// locate returns the path of a file that a stack calls file, or "".
func (t *Tree) locate(file string) string {
	// The program was built in another folder of the same module.
	if rest, ok := strings.CutPrefix(filepath.ToSlash(file), t.built); ok && t.built != "" && t.Root != "" {
		return filepath.Join(t.Root, rest)
	}
	if filepath.IsAbs(file) {
		return file
	}
	// With -trimpath, a name begins with the path of the module.
	if rest, ok := strings.CutPrefix(filepath.ToSlash(file), t.Module+"/"); ok && t.Module != "" && t.Root != "" {
		return filepath.Join(t.Root, rest)
	}
	return ""
}

// slack is how much later than the dump a file may have been written that was
// unpacked with it.
const slack = 2 * time.Second

// read returns the lines of a file. The caller holds t.mu.
func (t *Tree) read(file string) []string {
	path := t.locate(file)
	if !strings.HasSuffix(path, ".go") {
		return nil
	}
	info, err := os.Stat(path)
	// The path came from a dump and might name a device.
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil
	}
	if !t.Until.IsZero() && info.ModTime().After(t.Until.Add(slack)) {
		t.changed = append(t.changed, file)
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// Changed returns the files that were asked for and not read since they have
// changed after Until, shortened.
func (t *Tree) Changed() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	for _, file := range t.changed {
		names = append(names, t.Short(file))
	}
	return names
}

// Position formats file:line, shortened.
func (t *Tree) Position(file string, line int) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", t.Short(file), line)
}
