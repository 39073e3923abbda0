package stackparse

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func quotedElements(quote string) string {
	var list []string
	for line := range strings.SplitSeq(strings.TrimSuffix(wrapped, "\n"), "\n") {
		text := strings.ReplaceAll(line, "\t", `\t`)
		if quote == `"` {
			text = strings.Trim(strconv.Quote(line), `"`)
		}
		list = append(list, quote+text+quote)
	}
	return "[" + strings.Join(list, ", ") + "]\n"
}

// TestDressed: what pages, tables, terminals and logs put into lines, behind them
// and in place of their ends. Each input is the same two goroutines.
func TestDressed(t *testing.T) {
	t.Parallel()
	all := func(old, new string) string { return strings.ReplaceAll(wrapped, old, new) }
	page := html.EscapeString(wrapped)
	for _, test := range []struct{ reason, dump string }{
		{"a page with breaks", strings.ReplaceAll(page, "\n", "<br>\n")},
		{"a page with breaks and hard spaces", strings.ReplaceAll(strings.ReplaceAll(page, "\n", "<br />\n"), "\t", "&nbsp;&nbsp;&nbsp;&nbsp;")},
		{"a page with an element a line", eachLine(func(line string) string { return `<div class="line">` + html.EscapeString(line) + "</div>" })},
		{"a page in one line", strings.ReplaceAll(page, "\n", "<br/>") + "\n"},
		{"JUnit's attribute", `<failure message="` + strings.ReplaceAll(strings.ReplaceAll(page, "\n", "&#xA;"), "\t", "&#x9;") + `"></failure>` + "\n"},
		{"Markdown's backslashes", strings.ReplaceAll(strings.ReplaceAll(wrapped, "(", `\(`), "_", `\_`)},
		{"one sign for three dots", all("...", "…")},
		{"a table", eachLine(func(line string) string { return "| " + line + " |" })},
		{"a box", eachLine(func(line string) string { return fmt.Sprintf("│ %-80s │", line) })},
		{"cat -A", strings.ReplaceAll(all("\t", "^I"), "\n", "$\n")},
		{"cat -A of a file from Windows", strings.ReplaceAll(all("\t", "^I"), "\n", "^M$\n")},
		{"colours as less shows them", eachLine(func(line string) string { return "^[[31m" + line + "^[[0m" })},
		{"colours as rsyslog shows them", eachLine(func(line string) string { return "#033[31m" + line + "#033[0m" })},
		{"colours as in source code", eachLine(func(line string) string { return `\u001b[1;31m` + line + `\u001b[0m` })},
		{"colours that have lost their escapes", eachLine(func(line string) string { return "[31m" + line + "[0m" })},
		{"cells of a table with numbers of lines", strings.ReplaceAll(numbered("<tr><td>%d</td><td>", 1), "\n", "</td></tr>\n")},
		{"the time behind each line", eachLine(func(line string) string { return line + "  2026-11-28 10:00:00" })},
		{"an array of JSON", `{"level": "error", "stack": ` + strings.TrimSpace(quotedElements(`"`)) + "}\n"},
		{"line ends of rsyslog", "Nov 28 10:00:00 web shop[7]: dump: " + strings.ReplaceAll(all("\n", "#012"), "\t", "#011") + "\n"},
		{"tabs of rsyslog", all("\t", "#011")},
		{"tabs of rsyslog behind its prefix", strings.ReplaceAll(eachLine(func(line string) string { return "Nov 28 10:00:00 web shop[7]: " + line }), "\t", "#011")},
		{"tabs as escapes", all("\t", `\t`)},
		{"line ends of old Macs", all("\n", "\r")},
		{"carriage returns in escapes", strings.ReplaceAll(all("\n", `\r\n`), "\t", `\t`) + "\n"},
		{"escapes of Unicode", strings.ReplaceAll(all("\n", `\u000a`), "\t", `\u0009`) + "\n"},
		{"separators of Unicode", all("\n", "\u2028") + "\n"},
		{"bars for line ends", all("\n", " | ") + "\n"},
		{"blanks for line ends", "panic: boom " + strings.Join(strings.Fields(wrapped), " ") + "\n"},
		{"a list of Python", quotedElements("'")},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			gs, err := Parse([]byte(test.dump))
			assert.Equal(t, plainGoroutines(t), withoutLines(gs), test.dump)
			if !strings.Contains(test.reason, "JSON") { // whose elements are what they are
				assert.ErrorIs(t, err, ErrAssumed)
			}
		})
	}
}

// TestDressedNearMisses: text that looks like one of these.
func TestDressedNearMisses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, dump string
		want         int // goroutines
	}{
		{"prose behind a state", "goroutine 7 [chan send]: it waits for main.f (see server.go:12) since noon", 1},
		{"prose about a goroutine", "we saw | goroutine 7 [chan send]: | in the log", 0},
		{"a sentence", "goroutine 7 [chan send]: is late, at 10:00", 1},
		{"marks behind one line", "goroutine 7 [chan send]: ***\nmain.f()\n\t/src/main.go:9 ***\n", 1},
		{"an array in an argument's type", "goroutine 7 [chan send]:\nmain.f()\n\t/src/[4]m/main.go:9\n", 1},
		{"a name with an ampersand", "goroutine 7 [chan send]:\nmain.f()\n\t/src/a&b;c/main.go:9\n", 1},
		{"a folder of Windows", "goroutine 7 [chan send]:\nmain.f()\n\tC:\\_src\\main.go:9\n", 1},
	} {
		gs, _ := Parse([]byte(test.dump))
		require.Len(t, gs, test.want, test.reason)
		for _, g := range gs {
			assert.EqualValues(t, 7, g.ID, test.reason)
			if len(g.Frames) > 0 {
				assert.Equal(t, "main.f", g.Frames[0].Func, test.reason)
				assert.Contains(t, g.Frames[0].File, "main.go", test.reason)
			}
		}
	}
	gs, _ := Parse([]byte("goroutine 7 [chan send]:\nmain.f()\n\t/src/a&b;c/main.go:9\n"))
	assert.Equal(t, "/src/a&b;c/main.go", gs[0].Frames[0].File)
	gs, _ = Parse([]byte("goroutine 7 [chan send]:\nmain.f()\n\tC:\\_src\\main.go:9\n"))
	assert.Equal(t, `C:\_src\main.go`, gs[0].Frames[0].File)
}
