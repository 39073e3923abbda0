package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leakcheck-go/goroutine/internal/gotest"
)

// verdicts runs the tests of the current module and writes which of them passed
// and failed, and which packages, to a file: verdicts FILE.
func verdicts(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command("go", "test", "-json", "./...")
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.Output()
	if !errors.As(err, new(*exec.ExitError)) {
		ts.Check(err)
	}
	var lines []string
	ts.Check(gotest.Read(bytes.NewReader(out), func(e *gotest.Event) {
		ts.Logf("%s", e.Output)
		if e.Action == "pass" || e.Action == "fail" {
			lines = append(lines, e.Package+" "+e.Test+": "+e.Action+"\n")
		}
	}))
	slices.Sort(lines)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "")), 0o666))
}
