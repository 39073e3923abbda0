package report

import "strings"

// Colors decides whether text is written in colours, from the environment and
// whether it goes to a terminal. In this order:
//
//   - NO_COLOR that is not empty: no (no-color.org)
//   - CLICOLOR_FORCE that is neither empty nor 0: yes (bixense.com/clicolors)
//   - no terminal, TERM=dumb, or CLICOLOR=0: no
//   - else yes
func Colors(getenv func(string) string, terminal bool) bool {
	force := getenv("CLICOLOR_FORCE")
	switch {
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb" && getenv("CLICOLOR") != "0"
}

// style is the SGR parameters (ECMA-48) that switch a style on.
// Only the eight colours that every theme sets are used, and none of them
// carries a meaning that the words do not.
type style string

const (
	plain  style = ""
	strong style = "1"
	alarm  style = "1;31"
	dim    style = "2"
	good   style = "32"
	place  style = "36"
)

// paint puts escaped text between the codes of a style, each line for itself,
// since a log may be cut at any.
func (t Text) paint(s style, text string) string {
	if !t.Color || s == plain || text == "" {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		words := strings.TrimLeft(line, " ")
		lines[i] = line[:len(line)-len(words)] + "\x1b[" + string(s) + "m" + words + "\x1b[0m"
	}
	return strings.Join(lines, "\n")
}
