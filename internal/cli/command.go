// Package cli is the command leakcheck: a file for each subcommand.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/testrun/links"
	"github.com/leakcheck-go/goroutine/internal/testrun/repeat"
)

// The exit codes.
const (
	exitClean = 0 // nothing was found
	exitFound = 1 // a leak, or a test that failed
	exitUsage = 2 // the command line or an input is at fault
)

// command is a subcommand. All that its help says is here, so that the help
// cannot tell another story than the command.
type command struct {
	name  string
	args  string // what follows the name, as the usage line gives it
	short string // what it does, in one line
	long  string // what it does, in paragraphs
	// examples come last in the help, each a line that a shell takes as it is.
	examples []example
	words    []string // that the first argument may be, for a shell to complete; nil for files

	// finds says that the command may exit with code 1; it then has the flag
	// -exit-zero.
	finds bool
	// setup defines the flags and returns what the command does once they are
	// parsed.
	setup func(fs *flag.FlagSet) action
	// parse replaces the parsing of the flags, for a command that passes on
	// those of another one. It returns the arguments for the action.
	parse func(fs *flag.FlagSet, args []string) ([]string, error)
}

type example struct{ line, why string }

// action is what a command does with the arguments that follow its flags. It
// returns whether it found something. With an error it did not come to an end.
type action func(e *environment, args []string) (found bool, err error)

// environment is what a command has of the process around it.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is an error of the command line; a hint at the help goes with it.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// commands returns the subcommands in the order of the help.
func commands() []*command {
	return []*command{
		testCommand(), exploreCommand(), reportCommand(), diffCommand(), watchCommand(), fleetCommand(), filtersCommand(),
		explainCommand(), migrateCommand(), completionCommand(),
	}
}

// Run is the command without the process around it. It returns the exit code.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &standardOutput{w: stdout}
	code := dispatch(&environment{stdin, out, stderr}, args)
	// head, or a pager that was left, has seen what it wanted.
	if err := out.lost(); err != nil && code != exitUsage && !isBrokenPipe(err) {
		fmt.Fprintf(stderr, "leakcheck: standard output: %v\n", err)
		return exitUsage
	}
	return code
}

func dispatch(e *environment, args []string) int {
	if len(args) == 0 {
		printCommands(e.stderr)
		return exitUsage
	}
	switch name := args[0]; name {
	case "help", "-h", "-help", "--help":
		return help(e, args[1:])
	case repeat.Command: // go test runs it, as leakcheck test asked it to
		return repeat.Main(args[1:], e.stdout, e.stderr)
	case links.Command: // as above
		return links.Main(args[1:], e.stdout, e.stderr)
	default:
		if c := find(name); c != nil {
			return c.run(e, args[1:])
		}
		fmt.Fprintf(e.stderr, "leakcheck: %s\n", unknown(name))
		return exitUsage
	}
}

func find(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}

// unknown is the message on a subcommand that is not there.
func unknown(name string) string {
	for _, c := range commands() {
		if strings.HasPrefix(c.name, name) || strings.HasPrefix(name, c.name) || distance(c.name, name) <= typos {
			return fmt.Sprintf("unknown command %q; did you mean %q?", name, c.name)
		}
	}
	return fmt.Sprintf("unknown command %q; \"leakcheck help\" lists the commands", name)
}

// flags returns the flags of c, its action, and whether -exit-zero is given.
func (c *command) flags() (fs *flag.FlagSet, act action, exitZero *bool) {
	fs = flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run prints the errors
	fs.Usage = func() {}
	act, exitZero = c.setup(fs), new(bool)
	if c.finds {
		fs.BoolVar(exitZero, "exit-zero", false, "exit with code 0 instead of 1")
	}
	return fs, act, exitZero
}

func (c *command) run(e *environment, args []string) int {
	fs, act, exitZero := c.flags()
	rest, err := c.arguments(fs, args)
	if errors.Is(err, flag.ErrHelp) {
		c.help(e.stdout)
		return exitClean
	}
	found := false
	if err == nil {
		found, err = act(e, rest)
	}
	if err == errSaid {
		return exitUsage
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "leakcheck %s: %v\n", c.name, err)
		if errors.As(err, new(usageError)) {
			fmt.Fprintf(e.stderr, "Run \"leakcheck help %s\" for its flags.\n", c.name)
		}
		return exitUsage
	}
	if found && !*exitZero {
		return exitFound
	}
	return exitClean
}

// arguments parses the flags and returns what is left.
func (c *command) arguments(fs *flag.FlagSet, args []string) ([]string, error) {
	if c.parse != nil {
		return c.parse(fs, args)
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, usageError{err}
	}
	return fs.Args(), nil
}
