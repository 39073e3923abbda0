package inject

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// childrenFile is the overlay for the programs that tests build. It has what
// [Request.files] adds to the standard library, without package testing and the
// checks, which the test binary applies. It keeps all else, so that the build
// cache has the packages already.
const childrenFile = "children.json"

// osFile makes package os tell a test which processes it starts, and has these
// write their goroutines to a file at the end. A program that is started without
// LEAKCHECK_CHILD behaves as usual.
//
// A hook of the runtime runs when main returns and at os.Exit, after what it was
// given to run. It takes the dump at once where main is alone, and else after a
// tenth of a second, as leakcheck.AtExit does for what was told to stop last.
const osFile = `package os

import (
	"internal/runtime/exithook"
	"runtime"
	"syscall"
	"time"
)

// LeakcheckStart is for leakcheck alone. It changes the environment of a process
// that is about to start.
var LeakcheckStart func(env []string) []string

// LeakcheckTested is for leakcheck alone. The process tests and has its own check.
var LeakcheckTested bool

func leakcheckAttr(attr *ProcAttr) *ProcAttr {
	if LeakcheckStart == nil || attr == nil {
		return attr
	}
	changed := *attr
	if changed.Env == nil {
		changed.Env = syscall.Environ()
	}
	changed.Env = LeakcheckStart(changed.Env)
	return &changed
}

func init() {
	dir, ok := syscall.Getenv("LEAKCHECK_CHILD")
	if !ok {
		return
	}
	name := dir + "/" + leakcheckDecimal(syscall.Getpid())
	leakcheckWrite(name+".began", nil)
	exithook.Add(exithook.Hook{RunOnFailure: true, F: func() { leakcheckWrite(name+".ended", nil) }})
	exithook.Add(exithook.Hook{F: func() {
		if LeakcheckTested {
			return
		}
		for n := 0; n < 10 && runtime.NumGoroutine() > 1; n++ {
			time.Sleep(10 * time.Millisecond)
		}
		if runtime.NumGoroutine() == 1 {
			return
		}
		buf := make([]byte, 1<<20)
		for {
			if n := runtime.Stack(buf, true); n < len(buf) || n >= 64<<20 {
				leakcheckWrite(name+".dump", append([]byte(Args[0]+"\n"), buf[:n]...))
				return
			}
			buf = make([]byte, 2*len(buf))
		}
	}})
}

func leakcheckWrite(name string, text []byte) {
	f, err := OpenFile(name, O_WRONLY|O_CREATE|O_TRUNC, 0o600)
	if err != nil {
		return
	}
	f.Write(text)
	f.Close()
}

func leakcheckDecimal(n int) string {
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	return string(digits)
}
`

// hookFile connects package hook with package os.
const hookFile = `package hook

import "os"

func init() { starting, tested = &os.LeakcheckStart, &os.LeakcheckTested }
`

// patchStart adds the call to startProcess.
func patchStart(s *source) error {
	start, err := s.function("", "startProcess")
	if err != nil {
		return err
	}
	params := names(start.Type.Params)
	if len(params) != 3 {
		return s.missing("the three parameters of startProcess")
	}
	s.insert(start.Body.Lbrace+1, fmt.Sprintf(" %[1]s = leakcheckAttr(%[1]s);", params[2]))
	return nil
}

// children are the changes for processes that tests start.
func (g goroot) children(o *overlay) (map[string][]byte, error) {
	const name = "os/exec_posix.go"
	text, err := o.read(g.path(name))
	if err != nil {
		return nil, err
	}
	s, err := parseSource(name, text)
	if err == nil {
		err = patchStart(s)
	}
	if err != nil {
		return nil, fmt.Errorf("package os of %s is not one that leakcheck knows: %w; try a newer leakcheck",
			g.release(), err)
	}
	return map[string][]byte{
		name: Splice(text, s.edits), "os/leakcheck.go": []byte(osFile),
		libraryPath + "/" + hookDir + "/children_os.go": []byte(hookFile),
	}, nil
}

// writeChildren writes the overlay for programs that tests build and returns its
// name.
func (o *overlay) writeChildren(root goroot) (string, error) {
	replace := maps.Clone(o.replace)
	maps.DeleteFunc(replace, func(path, _ string) bool {
		return strings.HasPrefix(path, root.path("testing")+string(filepath.Separator)) ||
			strings.HasPrefix(path, root.path(libraryPath)+string(filepath.Separator))
	})
	text, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(o.dir, childrenFile)
	return file, os.WriteFile(file, text, 0o600)
}
