// Gleaksuite runs the test suite of gleak with leakcheck/gleak in the place of
// gleak:
//
//	go run -C internal/eval ./gleaksuite
//
// The suite is that of Gomega 1.36.3, from the module proxy, since the modules of
// some later versions have no tests. An overlay puts it in the place of our own
// tests, below our import path. It is in gleak's own packages: what looks at
// names that gleak does not export is cut out, see cuts. Each spec that fails has
// to be in differences, and what is there has to fail. The exit code is 1
// otherwise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

const suite = "github.com/onsi/gomega@v1.36.3"

// differences are the specs that fail, with the line of the suite and the reason.
var differences = map[string]string{
	"HaveLeaked failure messages returns a failure message":         oneReport,
	"HaveLeaked failure messages returns a negated failure message": oneReport,
}

const oneReport = `the first line is gleak's; the lines of each goroutine ("goroutine 42 [chan receive]", ` +
	`calls with " at ") are those of the report, with one entry for equal goroutines`

// cuts are what the suite asks of names that gleak does not export, from one text
// up to another.
var cuts = []struct{ file, from, to, why string }{
	{"have_leaked_matcher_test.go", "\tIt(\"renders indented", "\tIt(\"considers testing",
		"how a list of goroutines is printed"},
	{"have_leaked_matcher_test.go", "\tContext(\"handling file names", "})\n\nEND", "how the name of a file is printed"},
	{"util_test.go", "\tIt(\"returns a list of Goroutine IDs", "})\n\nEND", "how a list of ids is printed"},
	{"goroutine/goroutine_test.go", "\tContext(\"goroutine header\"", "\tContext(\"live\"", "its parser of a dump"},
	{"goroutine/goroutine_test.go", "\t\tIt(\"discovers current", "\t\tIt(\"discovers a goroutine's creator",
		"its function below Current"},
	{"goroutine/goroutine_test.go", "\t\"bufio\"", "\t\"reflect\"", ""}, // what the parser's tests import,
	{"goroutine/goroutine_test.go", "\t\"strings\"", "\t\"sync\"", ""},
	{"goroutine/goroutine_test.go", "\t\"testing/iotest\"", "\t\"time\"", ""},
}

// ours has the packages in whose place gleak's tests are put.
const ours = "github.com/leakcheck-go/goroutine/leakcheck/gleak"

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "gleaksuite: %v\n", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	module, err := modules.Download(context.Background(), suite)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gleaksuite-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	overlay, err := write(dir, filepath.Join(module, "gleak"))
	if err != nil {
		return err
	}
	// The tests are built with the Ginkgo and Gomega that this module requires.
	cmd := exec.Command("go", "test", "-count=1", "-overlay="+overlay, ours, ours+"/goroutine",
		"-v", "-ginkgo.no-color", "-ginkgo.v")
	text, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	return compare(out, string(text))
}

// write copies the tests of gleak to dir, without what is cut, and returns the file
// for -overlay that puts them in the place of the project's.
func write(dir, from string) (overlay string, err error) {
	text, err := modules.Place{}.Output(context.Background(), "go", "list", "-f", "{{.Dir}}", ours)
	if err != nil {
		return "", err
	}
	to := strings.TrimSpace(text)
	replace := map[string]string{}
	for _, test := range tests(to) {
		replace[filepath.Join(to, test)] = "" // appears to be deleted
	}
	suite := tests(from)
	if len(suite) == 0 {
		return "", fmt.Errorf("%s: no tests are there", from)
	}
	for _, test := range suite {
		text, err := os.ReadFile(filepath.Join(from, test))
		if err != nil {
			return "", err
		}
		code, err := cut(filepath.ToSlash(test), string(text))
		if err != nil {
			return "", err
		}
		file := filepath.Join(dir, strconv.Itoa(len(replace))+"_test.go")
		code = strings.ReplaceAll(code, "github.com/onsi/gomega/gleak", ours)
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(to, test)] = file
	}
	overlay = filepath.Join(dir, "overlay.json")
	replaced, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, replaced, 0o600)
}

// tests returns the test files of gleak in a folder, and of the package below.
func tests(dir string) []string {
	var names []string
	for _, pattern := range []string{"*_test.go", filepath.Join("goroutine", "*_test.go")} {
		files, _ := filepath.Glob(filepath.Join(dir, pattern)) // the pattern is a good one
		for _, file := range files {
			name, _ := filepath.Rel(dir, file) // it begins with dir
			names = append(names, name)
		}
	}
	return names
}

func cut(file, code string) (string, error) {
	code += "\nEND"
	for _, c := range cuts {
		if c.file != file {
			continue
		}
		before, rest, ok := strings.Cut(code, c.from)
		_, after, found := strings.Cut(rest, c.to)
		if !ok || !found {
			return "", fmt.Errorf("%s: %q is not there any more", file, c.from)
		}
		code = before + c.to + after
	}
	return strings.TrimSuffix(code, "\nEND"), nil
}

var (
	counts = regexp.MustCompile(`(\d+) Passed \| (\d+) Failed`)
	failed = regexp.MustCompile(`(?m)^\s*\[FAIL\] (.*)$`)
)

// compare says which specs failed, and returns an error if they are others than
// the known ones.
func compare(out io.Writer, text string) error {
	suites := counts.FindAllStringSubmatch(text, -1)
	if len(suites) != 2 {
		return fmt.Errorf("the suites of the two packages did not run:\n%s", text)
	}
	pass, differ := 0, 0
	for _, n := range suites {
		passed, _ := strconv.Atoi(n[1]) // the expression has digits there
		notPassed, _ := strconv.Atoi(n[2])
		pass, differ = pass+passed, differ+notPassed
	}
	left := maps.Clone(differences)
	var problems []error
	for _, m := range failed.FindAllStringSubmatch(text, -1) {
		name := strings.Replace(m[1], "[It] ", "", 1)
		if why, ok := left[name]; ok {
			fmt.Fprintf(out, "differs: %s: %s\n", name, why)
			delete(left, name)
		} else if differences[name] == "" {
			problems = append(problems, fmt.Errorf("fails: %s", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		problems = append(problems, fmt.Errorf("passes, though it is listed: %s", name))
	}
	for _, c := range cuts {
		if c.why != "" {
			fmt.Fprintf(out, "not asked: %s: %s\n", c.file, c.why)
		}
	}
	fmt.Fprintf(out, "%d specs of gleak pass, %d differ\n", pass, differ)
	return errors.Join(problems...)
}
