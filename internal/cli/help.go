package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

// help is the command "leakcheck help [command]".
func help(e *environment, args []string) int {
	switch {
	case len(args) == 0:
		printCommands(e.stdout)
		return exitClean
	case len(args) > 1:
		fmt.Fprintln(e.stderr, "leakcheck help: one command at a time, please")
		return exitUsage
	}
	c := find(args[0])
	if c == nil {
		fmt.Fprintf(e.stderr, "leakcheck help: %s\n", unknown(args[0]))
		return exitUsage
	}
	c.help(e.stdout)
	return exitClean
}

func printCommands(w io.Writer) {
	fmt.Fprint(w, "Leakcheck finds goroutines that outlive their work.\n\nUsage:\n\n\tleakcheck <command> [arguments]\n"+
		"\nThe commands are:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "\t%-10s  %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\n\"leakcheck help <command>\" explains a command.\n"+
		"The exit code is 0 on success, 1 if a command found what its help describes, and 2 if\n"+
		"the command line or an input is wrong.\n")
}

// help prints all that is to say about c.
func (c *command) help(w io.Writer) {
	fmt.Fprintf(w, "usage: leakcheck %s %s\n\n%s\n", c.name, c.args, strings.TrimSpace(c.long))
	fs, _, _ := c.flags()
	head := "\nFlags:\n\n"
	fs.VisitAll(func(f *flag.Flag) {
		fmt.Fprint(w, head)
		head = "" // a command without flags has none to print
		value, usage := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + value
		}
		fmt.Fprintf(w, "\t-%s%s\n\t\t%s\n", f.Name, value, strings.ReplaceAll(usage, "\n", "\n\t\t"))
	})
	if len(c.examples) > 0 {
		fmt.Fprint(w, "\nExamples:\n\n")
	}
	for _, x := range c.examples {
		fmt.Fprintf(w, "\t%s\n\t\t%s\n", x.line, x.why)
	}
}
