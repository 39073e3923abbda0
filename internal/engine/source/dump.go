package source

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// Of returns the Tree of the program that the goroutines gs are of, as far as
// they show it, with the sources in the module that the folder dir lies in. The
// program may have been built elsewhere, of the same module: the folder that
// this was in is known by the names of functions and their files.
func Of(gs []stackparse.Goroutine, dir string) *Tree {
	t := &Tree{}
	if abs, err := filepath.Abs(dir); err == nil {
		t.Dir, t.Root = abs, Above(abs, "go.mod")
	}
	if t.Root != "" {
		t.Module = modulePath(filepath.Join(t.Root, "go.mod"))
	}
	for i := range gs {
		for j := range gs[i].Frames {
			t.learn(gs[i].Frames[j].Func, gs[i].Frames[j].File)
		}
		if c := gs[i].Creator; c != nil {
			t.learn(c.Func, c.File)
		}
	}
	// It was built here.
	if t.built == filepath.ToSlash(t.Root)+"/" {
		t.built = ""
	}
	return t
}

// learn looks whether the file of fn shows where the standard library or the
// module was when the program was built.
func (t *Tree) learn(fn, file string) {
	if t.GoRoot != "" && (t.built != "" || t.Module == "") {
		return
	}
	pkg := stackparse.Package(fn)
	root, ok := strings.CutSuffix(file, "/"+pkg+"/"+path.Base(file))
	if t.GoRoot == "" && ok && strings.HasSuffix(root, "/src") && wellKnown[pkg] {
		t.GoRoot = root + "/"
	}
	if t.built != "" || t.Module == "" {
		return
	}
	// The name of a command has only main, so its file shows no folder.
	if rest, ok := strings.CutPrefix(pkg+"/", t.Module+"/"); ok {
		below := rest + path.Base(file)
		if root, ok := strings.CutSuffix(file, "/"+below); ok && root != "" {
			t.built = root + "/"
		}
	}
}

// wellKnown are packages of the standard library that are on the stacks of
// most programs. A folder src may be anybody's.
var wellKnown = map[string]bool{
	"runtime": true, "internal/poll": true, "net": true, "net/http": true, "os/signal": true, "sync": true,
	"testing": true,
	"time":    true, "runtime/pprof": true, "database/sql": true, "context": true, "internal/sync": true, "bufio": true,
	"io": true,
}

// modulePath reads the path of a module from its go.mod, "" if there is none.
func modulePath(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], "\"`") // go.mod allows quotes around a path
		}
	}
	return ""
}
