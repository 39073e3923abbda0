package stackparse

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered puts a number that counts lines before each of them.
func numbered(format string, first int) string {
	n := first - 1
	return eachLine(func(line string) string { n++; return fmt.Sprintf(format, n) + line })
}

func csvLines(columns ...string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	for line := range strings.Lines(wrapped) {
		_ = w.Write(append(slices.Clone(columns), strings.TrimSuffix(line, "\n"), "last")) // to memory
	}
	w.Flush()
	return b.String()
}

// quotedLines is each field in quotes, as Kibana exports them.
func quotedLines() string {
	return eachLine(func(line string) string {
		return `"Jan 1, 2024 @ 00:00:00.000","shop","` + strings.ReplaceAll(line, `"`, `""`) + `"`
	})
}

func jsonIn(text string, levels int) string {
	for range levels {
		text = `{"level": "error", "stack": ` + strconv.Quote(text) + `}`
	}
	return text + "\n"
}

// answer is what a log service gives for a query: each line is a field of an object.
// It is in one line unless there is an indentation.
func answer(before, after, indent string, lines ...string) string {
	if len(lines) == 0 {
		lines = strings.Split(strings.TrimSuffix(wrapped, "\n"), "\n")
	}
	var list []string
	for _, line := range lines {
		list = append(list, "{"+before+`"message": `+strconv.Quote(line)+after+"}")
	}
	return indented(`{"events": [`+strings.Join(list, ",")+"]}", indent)
}

// lokiAnswer is the same of Loki, which has a time before each line.
func lokiAnswer(indent string, lines ...string) string {
	if len(lines) == 0 {
		lines = strings.Split(strings.TrimSuffix(wrapped, "\n"), "\n")
	}
	var list []string
	for _, line := range lines {
		list = append(list, `["1700000000000000000",`+strconv.Quote(line)+"]")
	}
	return indented(`{"data":{"result":[{"stream":{"app":"shop"},"values":[`+strings.Join(list, ",")+"]}]}}", indent)
}

func indented(text, indent string) string {
	if indent == "" {
		return text + "\n"
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", indent); err != nil {
		panic(err)
	}
	return b.String() + "\n"
}

// newestFirst are the lines of the dump from the last to the first.
func newestFirst() []string {
	return strings.Split(strings.TrimSuffix(reversed(wrapped), "\n"), "\n")
}

func reversed(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	slices.Reverse(lines)
	return strings.Join(lines, "\n") + "\n"
}

// TestLenient: what dumps lose on their way to who reads them. Each input is the
// same two goroutines.
func TestLenient(t *testing.T) {
	t.Parallel()
	time := "2026-11-28T10:00:00.123Z "
	n := 0
	for _, test := range []struct{ reason, dump string }{
		{"tabs are lost", strings.ReplaceAll(wrapped, "\t", "")},
		{"tabs are lost behind a time", eachLine(func(line string) string { return time + strings.TrimSpace(line) })},
		{"blanks at the ends of lines", strings.ReplaceAll(wrapped, "\n", "   \n")},
		{"tabs at the ends of lines", strings.ReplaceAll(wrapped, "\n", "\t\n")},
		{"no-break spaces for tabs", strings.ReplaceAll(wrapped, "\t", "\u00a0 \u00a0 ")},
		{"wide spaces for tabs", strings.ReplaceAll(wrapped, "\t", "\u3000")},
		{"no-break spaces for all spaces of headers", strings.ReplaceAll(strings.ReplaceAll(wrapped, "goroutine 7 [chan receive, 2 minutes] {job: \"a b\"}", "goroutine\u00a07\u00a0[chan\u00a0receive,\u00a02\u00a0minutes]\u00a0{job:\u00a0\"a\u00a0b\"}"), "created by ", "created\u00a0by\u00a0")},
		{"an empty line after each line", strings.ReplaceAll(wrapped, "\n", "\n\n")},
		{"two empty lines after each line", strings.ReplaceAll(wrapped, "\n", "\n\n\n")},
		{"a byte order mark", "\ufeff" + wrapped},
		{"marks of Buildkite", eachLine(func(line string) string { n++; return fmt.Sprintf("\x1b_bk;t=17171717%05d\a", n) + line })},
		{"NULs of a log that was truncated in place", strings.Repeat("\x00", 100) + wrapped},
		{"NULs behind times", eachLine(func(line string) string { return time + "\x00" + line })},
		{"NULs behind colours", eachLine(func(line string) string { return "\x1b[0m\x00" + line })},
		{"NULs in colours", eachLine(func(line string) string { return "\x1b\x00[0m" + line })},
		{"NULs in JSON", eachLine(func(line string) string { return `{"log":"\u0000` + strings.Trim(strconv.Quote(line), `"`) + `\n"}` })},
		{"names escaped twice by HTML", strings.ReplaceAll(strings.ReplaceAll(wrapped, "(", "&amp;#40;"), "main.", "main&amp;#46;")},
		{"names escaped twice by Markdown", strings.NewReplacer("(", `\\\(`, "main.", `main\\\.`).Replace(wrapped)},
		{"places escaped by Markdown", strings.ReplaceAll(wrapped, ".go:", `\.go:`)},
		{"numbers of Drone", numbered("[test:%d] ", 41)},
		{"numbers of grep -n", numbered("dump.txt:%d:", 98)},
		{"numbers of CircleCI", numbered("%d: ", 1)},
		{"numbers of cat -n", numbered("%6d\t", 5)},
		{"numbers of GitHub's pages", numbered("%d ", 7)},
		{"grep with context", strings.ReplaceAll(strings.ReplaceAll(numbered("dump.txt-%d-", 3), "-3-", ":3:"), "dump.txt-8-\n", "dump.txt-8-\n")},
		{"CSV that quotes what it must", csvLines("2024-01-01T00:00:00Z", "shop")},
		{"CSV that quotes all", quotedLines()},
		{"JSON in JSON", jsonIn(wrapped, 2)},
		{"JSON in JSON in JSON", jsonIn(wrapped, 3)},
		{"lines of JSON in lines of JSON", eachLine(func(line string) string {
			return `{"log":` + strconv.Quote(`{"msg":`+strconv.Quote(line)+`}`+"\n") + `,"stream":"stderr"}`
		})},
		{"escaped without quotes", "recovered: " + strings.Trim(strconv.Quote(wrapped), `"`) + "\n"},
		{"escaped twice without quotes", "recovered: " + strings.Trim(strconv.Quote(strings.Trim(strconv.Quote(wrapped), `"`)), `"`) + "\n"},
		{"a quoted value of several lines", "stack=\"" + strings.ReplaceAll(strings.TrimSpace(wrapped), `"a b"`, "a") + "\"\n"},
		{"the newest line first", reversed(wrapped)},
		{"the newest line first, without empty lines", reversed(strings.ReplaceAll(wrapped, "\n\n", "\n"))},
		{"the newest line first, behind times", reversed(eachLine(func(line string) string { return time + line }))},
		{"the newest line first, in JSON", reversed(eachLine(func(line string) string { return `{"log":` + strconv.Quote(line+"\n") + `}` }))},
		{"the newest line first, in CSV", reversed(quotedLines())},
		{"CSV with semicolons", strings.ReplaceAll(quotedLines(), `","`, `";"`)},
		{"CSV with tabs", strings.ReplaceAll(quotedLines(), `","`, "\"\t\"")},
		{"an answer of CloudWatch", answer(`"timestamp":1700000000000,`, `,"ingestionTime":1700000000100`, "")},
		{"an answer of Cloud Logging, with a line for each field", answer(`"insertId": "a1",`, `,"severity": "ERROR"`, "    ")},
		{"an answer of Loki", lokiAnswer("")},
		{"an answer of Loki, with a line for each field", lokiAnswer("  ")},
		{"the newest line first, in an answer of one line", answer("", `,"severity": "ERROR"`, "", newestFirst()...)},
		{"the newest line first, in an answer with a line for each field", answer(`"insertId": "a1",`, "", "    ", newestFirst()...)},
		{"the newest line first, in an answer of Loki", lokiAnswer(" ", newestFirst()...)},
		{"parts of lines of the Kubernetes runtime interface", eachLine(func(line string) string {
			const at = 24 // in a header it is behind the state
			if len(line) < at || strings.HasPrefix(line, "goroutine") {
				return time + "stderr F " + line
			}
			return time + "stderr P " + line[:at] + "\n" + time + "stderr F " + line[at:]
		})},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			gs, _ := Parse([]byte(test.dump))
			want := plainGoroutines(t)
			if strings.Contains(test.reason, "newest") && !strings.Contains(test.reason, "one line") {
				slices.Reverse(want)
			}
			if strings.Contains(test.reason, "several lines") {
				want[0].Labels[0].Value = "a"
			}
			assert.Equal(t, want, withoutLines(gs), test.dump)
		})
	}
}

// TestAssumptionsAreSaid: once for all of them, and none for what the runtime
// prints.
func TestAssumptionsAreSaid(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte(strings.ReplaceAll(strings.ReplaceAll(wrapped, "\t", ""), "\n", "\n\n")))
	require.ErrorIs(t, err, ErrAssumed)
	assert.Equal(t, 1, strings.Count(err.Error(), "assum"), err)
	_, err = Parse([]byte(wrapped))
	assert.NoError(t, err)
}

// TestLeakCheckers: what tests print that use other checkers.
func TestLeakCheckers(t *testing.T) {
	t.Parallel()
	want := []Goroutine{{ID: 41, State: "chan send", Frames: []Frame{{Func: "shop.Lowest.func1", File: "/src/shop/shop.go", Line: 15}},
		Creator: &Creator{Func: "shop.Lowest", Goroutine: 35, File: "/src/shop/shop.go", Line: 13}}}
	stack := "shop.Lowest.func1()\n\t/src/shop/shop.go:15\ncreated by shop.Lowest in goroutine 35\n\t/src/shop/shop.go:13\n"
	indent := func(text, by string) string {
		return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
	}
	goleak := "Goroutine 41 in state chan send, with shop.Lowest.func1 on top of the stack:\n"
	for reason, dump := range map[string]string{
		"goleak":               "--- FAIL: TestLeak (0.44s)\n    leak_test.go:16: found unexpected goroutines:\n" + indent("["+goleak+stack+"]", "        "),
		"goleak, not indented": "goleak: Errors on successful test run: found unexpected goroutines:\n[" + goleak + stack + "]\n",
		"goleak 1.2":           "found unexpected goroutines:\n[" + goleak + "goroutine 41 [chan send]:\n" + stack + "]\n",
		"gleak":                "  [FAILED] Timed out after 2.001s.\n  Expected not to leak 1 goroutines:\n      goroutine 41 [chan send]\n          shop.Lowest.func1() at /src/shop/shop.go:15\n          created by shop.Lowest in goroutine 35 at /src/shop/shop.go:13\n",
		"leaktest":             "    leak_test.go:9: leaktest: leaked goroutine: goroutine 41 [chan send]:\n" + indent(stack, "        "),
		"goleak behind a time": strings.ReplaceAll("\n["+goleak+stack+"]", "\n", "\n2026-11-28T10:00:00Z ")[1:] + "\n",
	} {
		gs, _ := Parse([]byte(dump))
		assert.Equal(t, want, withoutLines(gs), reason)
	}
}

// TestLenientNearMisses: lines of a log look like parts of a dump.
func TestLenientNearMisses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason, dump string
		want         int // goroutines
	}{
		{"prose with a state", "the goroutine 7 [chan send] is late", 0},
		{"prose of goleak", "see Goroutine 41 in the stack:", 0},
		{"escapes without a header", `goroutine 7 is late\nand so is 8`, 0},
		{"a message with a place", "goroutine 1 [running]:\nmain.main()\nserver.go:12: started\n\t/src/main.go:9 +0x1f\n", 1},
		{"the next container's line", "web-1  | goroutine 1 [running]:\nweb-2  | main.other()\nweb-1  | main.main()\nweb-1  | \t/src/main.go:9\n", 1},
	} {
		gs, _ := Parse([]byte(test.dump))
		require.Len(t, gs, test.want, test.reason)
		for _, g := range gs {
			assert.Equal(t, "main.main", g.Frames[0].Func, test.reason)
			assert.Equal(t, "/src/main.go", g.Frames[0].File, test.reason)
		}
	}
}
