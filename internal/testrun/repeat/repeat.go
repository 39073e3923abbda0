// Package repeat runs a test binary several times in place of the one time that
// "go test" would. The go command builds and links the binary, and starts this
// program with it (go help testflag, -exec), so that repeated runs cost no link
// and see what every test sees: the folder, the arguments and the environment.
package repeat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leakcheck-go/goroutine/internal/testrun/frame"
)

// Command is the first argument by which the command leakcheck knows that it is
// to be this program. It is no subcommand: people have no use for it.
const Command = "leakcheck-repeat"

// Spec says what is to be run. It is passed in a file.
type Spec struct {
	// Steps are the arguments of each run, which come before those of go test.
	Steps [][]string
	// For starts the steps over until this time is up; 0 runs each step once. The
	// first round is always whole.
	For time.Duration
}

// Exec writes a spec to a file and returns the value of -exec that has it run.
// The user's own program to run tests, which may be "", runs each of them.
func Exec(file string, s Spec, program string) (string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(file, text, 0o666); err != nil {
		return "", err
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s %s", quote(self), Command, quote(file), program)), nil
}

// quote protects spaces from the go command, which splits the value.
func quote(name string) string {
	if !strings.ContainsAny(name, " \t") {
		return name
	}
	return `"` + name + `"`
}

// Main is the program: args are the file of a [Spec] and the command line of the
// tests. A frame follows the output of each run and says which one it was. The
// exit code is 0 unless nothing could be run: a run that fails is what is looked
// for.
func Main(args []string, stdout, stderr io.Writer) int {
	if err := run(args, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "leakcheck: %v\n", err)
		return 2
	}
	return 0
}

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) < 2 {
		return errors.New(Command + ": for the use of leakcheck test alone")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var s Spec
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	at, err := binary(args[1:])
	if err != nil {
		return err
	}
	before, after := args[1:at+2], args[at+2:]
	start := time.Now()
	for round := 0; round == 0 || time.Since(start) < s.For; round++ {
		for i, step := range s.Steps {
			if round > 0 && time.Since(start) >= s.For {
				break
			}
			if err := once(i, slices.Concat(before, step, without(after, step)), stdout, stderr); err != nil {
				return err
			}
		}
	}
	return nil
}

// without drops the flags that go test gives, where a step has others: the last of
// two would count.
func without(args, step []string) []string {
	flag := func(arg string) string { return arg[:strings.Index(arg+"=", "=")] }
	end := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-test.") })
	if end < 0 {
		end = len(args)
	}
	drop := func(arg string) bool {
		return slices.ContainsFunc(step, func(s string) bool { return flag(s) == flag(arg) })
	}
	return append(slices.DeleteFunc(slices.Clone(args[:end]), drop), args[end:]...)
}

// binary is the index of the test binary: a program of the user's that runs it
// comes before.
func binary(args []string) (int, error) {
	i := slices.IndexFunc(args, func(arg string) bool {
		return strings.HasSuffix(strings.TrimSuffix(filepath.Base(arg), ".exe"), ".test")
	})
	if i < 0 {
		return 0, errors.New("there is no test binary among the arguments of go test")
	}
	return i, nil
}

// once runs a command and writes the frame.
func once(step int, args []string, stdout, stderr io.Writer) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	err := cmd.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	text, err := frame.Encode(&frame.Message{Step: &frame.Step{Number: step, Failed: !cmd.ProcessState.Success()}})
	if err != nil {
		return err
	}
	// The run may not have ended its last line.
	_, err = stdout.Write(append([]byte("\n"), text...))
	return err
}
