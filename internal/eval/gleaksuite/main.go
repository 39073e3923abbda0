// Gleaksuite runs the test suite of gleak with leakcheck/gleak in the place of
// gleak:
//
//	go run -C internal/eval ./gleaksuite
//
// The suite is that of Gomega 1.36.3, from the module proxy, since the modules of
// some later versions have no tests. It is in gleak's own package: what looks at
// names that gleak does not export is cut out, see cuts. Each spec that fails has
// to be in differences, and what is there has to fail. The exit code is 1
// otherwise.
package main

import (
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
	"strings"
)

const suite = "github.com/onsi/gomega@v1.36.3"

// differences are the specs that fail, with the reason.
var differences = map[string]string{
	"IgnoringCreator matcher returns failure messages":     typeName,
	"IgnoringGoroutines matcher returns failure messages":  typeName,
	"IgnoringInBacktrace matcher returns failure messages": typeName,
	"IgnoringTopFunction matcher returns failure messages": typeName,

	"IgnoringInBacktrace matcher matches": "it looks for the function of gleak that reads stacks",

	"HaveLeaked failure messages returns a failure message":         oneReport,
	"HaveLeaked failure messages returns a negated failure message": oneReport,

	"HaveLeaked failure messages when things go wrong expects actual to be a slice of Goroutine": "values are shown in one line",
	"HaveLeaked failure messages when things go wrong handles filter matcher errors":             "a goroutine without a stack is no leak, and no matcher is asked",
}

const (
	typeName  = "the type is gleak.Goroutine, and values are shown in one line"
	oneReport = "the message has a report, with one entry for equal goroutines"
)

// cuts are what the suite asks of names that gleak does not export, from one text
// up to another.
var cuts = []struct{ file, from, to, why string }{
	{"have_leaked_matcher_test.go", "\tIt(\"renders indented", "\tIt(\"considers testing", "how a list of goroutines is printed"},
	{"have_leaked_matcher_test.go", "\tContext(\"handling file names", "})\n\nEND", "how the name of a file is printed"},
	{"util_test.go", "\tIt(\"returns a list of Goroutine IDs", "})\n\nEND", "how a list of ids is printed"},
}

// The packages that the suite sees as gleak and gleak/goroutine.
const (
	shim = `package gleak

import ours "github.com/leakcheck-go/goroutine/leakcheck/gleak"

type Goroutine = ours.Goroutine

var (
	G                          = ours.G
	Goroutines                 = ours.Goroutines
	HaveLeaked                 = ours.HaveLeaked
	IgnoreGinkgoParallelClient = ours.IgnoreGinkgoParallelClient
	IgnoringCreator            = ours.IgnoringCreator
	IgnoringGoroutines         = ours.IgnoringGoroutines
	IgnoringInBacktrace        = ours.IgnoringInBacktrace
	IgnoringTopFunction        = ours.IgnoringTopFunction
)
`
	shimGoroutine = `package goroutine

import ours "github.com/leakcheck-go/goroutine/leakcheck/gleak"

type Goroutine = ours.Goroutine

// Current is the goroutine that calls it, which comes first in a list.
func Current() Goroutine { return ours.Goroutines()[0] }
`
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "gleaksuite: %v\n", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	from, err := download()
	if err != nil {
		return err
	}
	// The suite is built in this module, which requires Ginkgo and Gomega.
	dir, err := os.MkdirTemp(".", "gleaksuite-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := write(dir, from); err != nil {
		return err
	}
	cmd := exec.Command("go", "test", "-count=1", "./"+filepath.ToSlash(dir)+"/gleak",
		"-v", "-ginkgo.no-color", "-ginkgo.v")
	text, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return err
	}
	return compare(out, string(text))
}

// download returns the folder of the module with the suite.
func download() (string, error) {
	text, err := exec.Command("go", "mod", "download", "-json", suite).Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", suite, err)
	}
	var module struct{ Dir string }
	err = json.Unmarshal(text, &module)
	return filepath.Join(module.Dir, "gleak"), err
}

// write copies the tests of gleak to a folder, without what is cut.
func write(dir, from string) error {
	tests, err := filepath.Glob(filepath.Join(from, "*_test.go"))
	if err != nil {
		return err
	}
	if len(tests) == 0 {
		return fmt.Errorf("%s: no tests are there", from)
	}
	files := map[string]string{"gleak/gleak.go": shim, "gleak/goroutine/goroutine.go": shimGoroutine}
	here := "github.com/leakcheck-go/goroutine/internal/eval/" + filepath.Base(dir) + "/gleak/goroutine"
	for _, test := range tests {
		text, err := os.ReadFile(test)
		if err != nil {
			return err
		}
		code, err := cut(filepath.Base(test), string(text))
		if err != nil {
			return err
		}
		files["gleak/"+filepath.Base(test)] = strings.ReplaceAll(code, "github.com/onsi/gomega/gleak/goroutine", here)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
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
	n := counts.FindStringSubmatch(text)
	if n == nil {
		return fmt.Errorf("the suite did not run:\n%s", text)
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
		fmt.Fprintf(out, "not asked: %s: %s\n", c.file, c.why)
	}
	fmt.Fprintf(out, "%s specs of gleak pass, %s differ\n", n[1], n[2])
	return errors.Join(problems...)
}
