package hook

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// role is what a process is to the command.
type role int

const (
	alone  role = iota // it was built by -c and runs by itself: people read its output
	root               // "go test -json" runs it, and the command reads its output
	worker             // it runs the inputs of a fuzz target
	helper             // a test started it, which may compare its output
)

// markName is the name of a folder next to the test binary, which lies in a
// folder of its own that the go command makes for each run and takes away. It
// tells that a test binary is being run by the command, to those that its tests
// start, which leave their findings in it. A path in the environment would be
// seen by the tests, and the same for each run or no result could be repeated.
const markName = ".leakcheck"

// findRole finds the role of this process, and the folder for its findings, ""
// where it is no helper or there is none. Events says that it has an argument of
// "go test -json".
func findRole(events bool, args []string, exe string) (role, string) {
	mark := filepath.Join(filepath.Dir(exe), markName)
	if exe == "" {
		mark = ""
	}
	isWorker := func(arg string) bool { return strings.TrimLeft(arg, "-") == "test.fuzzworker" }
	switch {
	case slices.ContainsFunc(args, isWorker):
		return worker, existing(mark)
	case existing(mark) != "":
		return helper, mark
	case events:
		return root, ""
	}
	return alone, ""
}

// makeMark makes the folder for the findings of helpers. It returns "" where it
// cannot be made, and helpers tell nothing then.
func makeMark(exe string) string {
	mark := filepath.Join(filepath.Dir(exe), markName)
	if exe == "" || os.Mkdir(mark, 0o700) != nil {
		return ""
	}
	return mark
}

// existing returns dir, or "" where it is not there.
func existing(dir string) string {
	if dir == "" {
		return ""
	}
	if _, err := os.Lstat(dir); err != nil {
		return ""
	}
	return dir
}
