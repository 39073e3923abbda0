package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

func completionCommand() *command {
	return &command{
		name:  "completion",
		args:  "bash|zsh|fish",
		short: "print a script that completes commands and flags",
		long: `
Completion prints a script for your shell that completes the names of commands,
flags and files.`,
		examples: []example{
			{"source <(leakcheck completion bash)", "in ~/.bashrc"},
			{"source <(leakcheck completion zsh)", "in ~/.zshrc, after compinit"},
			{"leakcheck completion fish | source", "in ~/.config/fish/config.fish"},
		},
		words: []string{"bash", "zsh", "fish"},
		setup: func(*flag.FlagSet) action { return completion },
	}
}

// shells are the scripts that completion prints.
var shells = map[string]func(w io.Writer, words []completed){
	"bash": completeBash,
	"zsh":  completeZsh,
	"fish": completeFish,
}

func completion(e *environment, args []string) (bool, error) {
	if len(args) != 1 || shells[args[0]] == nil {
		return false, usagef("want the name of one shell: bash, zsh or fish")
	}
	shells[args[0]](e.stdout, completions())
	return false, nil
}

// completed is a command with what can follow it.
type completed struct {
	name, short string
	flags       []*flag.Flag
	words       []string // values of the first argument
}

// completions are read from the commands themselves.
func completions() []completed {
	all := []completed{{name: "help", short: "explain a command"}}
	for _, c := range commands() {
		fs, _, _ := c.flags()
		w := completed{name: c.name, short: c.short, words: c.words}
		fs.VisitAll(func(f *flag.Flag) { w.flags = append(w.flags, f) })
		all = append(all, w)
		all[0].words = append(all[0].words, c.name)
	}
	return all
}

func (c *completed) flagNames() []string {
	names := make([]string, len(c.flags))
	for i, f := range c.flags {
		names[i] = "-" + f.Name
	}
	return names
}

func completeBash(w io.Writer, words []completed) {
	var names []string
	for i := range words {
		names = append(names, words[i].name)
	}
	fmt.Fprintf(w, `# bash completion for leakcheck
_leakcheck() {
	local cur=${COMP_WORDS[COMP_CWORD]} words=
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W '%s' -- "$cur"))
		return
	fi
	case ${COMP_WORDS[1]}:$cur in
`, strings.Join(names, " "))
	for i := range words {
		c := &words[i]
		if len(c.flags) > 0 {
			fmt.Fprintf(w, "\t%s:-*) words='%s' ;;\n", c.name, strings.Join(c.flagNames(), " "))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(w, "\t%s:*) words='%s' ;;\n", c.name, strings.Join(c.words, " "))
		}
	}
	fmt.Fprint(w, `	esac
	if [[ -n $words ]]; then
		COMPREPLY=($(compgen -W "$words" -- "$cur"))
	else
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -o filenames -F _leakcheck leakcheck
`)
}

// quoted writes text between single quotes for a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// firstLine is what fits on the line of a flag.
func firstLine(usage string) string {
	line, _, _ := strings.Cut(usage, "\n")
	return strings.ReplaceAll(line, "`", "")
}

func completeZsh(w io.Writer, words []completed) {
	fmt.Fprint(w, "#compdef leakcheck\n# zsh completion for leakcheck\n_leakcheck() {\n\tlocal -a commands=(\n")
	for i := range words {
		fmt.Fprintf(w, "\t\t%s\n", quoted(words[i].name+":"+words[i].short))
	}
	fmt.Fprint(w, "\t)\n\tif ((CURRENT == 2)); then\n\t\t_describe command commands\n\t\treturn\n\tfi\n"+
		"\tlocal -a options=() values=()\n\tcase $words[2] in\n")
	for i := range words {
		c := &words[i]
		fmt.Fprintf(w, "\t%s)\n", c.name)
		for _, f := range c.flags {
			fmt.Fprintf(w, "\t\toptions+=(%s)\n", quoted("-"+f.Name+":"+strings.ReplaceAll(firstLine(f.Usage), ":", `\:`)))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(w, "\t\tvalues=(%s)\n", strings.Join(c.words, " "))
		}
		fmt.Fprint(w, "\t\t;;\n")
	}
	fmt.Fprint(w, `	esac
	if [[ $PREFIX == -* ]]; then
		_describe flag options
	elif (($#values)); then
		compadd -a values
	else
		_files
	fi
}
if [[ $funcstack[1] == _leakcheck ]]; then
	_leakcheck "$@"
else
	compdef _leakcheck leakcheck
fi
`)
}

func completeFish(w io.Writer, words []completed) {
	fmt.Fprint(w, "# fish completion for leakcheck\ncomplete -c leakcheck -n __fish_use_subcommand -f\n")
	for i := range words {
		c := &words[i]
		fmt.Fprintf(w, "complete -c leakcheck -n __fish_use_subcommand -a %s -d %s\n", c.name, quoted(c.short))
		seen := quoted("__fish_seen_subcommand_from " + c.name)
		for _, f := range c.flags {
			fmt.Fprintf(w, "complete -c leakcheck -n %s -o %s -d %s\n", seen, f.Name, quoted(firstLine(f.Usage)))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(w, "complete -c leakcheck -n %s -f -a %s\n", seen, quoted(strings.Join(c.words, " ")))
		}
	}
}
