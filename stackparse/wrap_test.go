package stackparse

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wrapped is a dump that the tests of this file find in all sorts of text.
const wrapped = `goroutine 7 [chan receive, 2 minutes] {job: "a b"}:
main.recv(0xc000012345, {0x1, 0x2})
	/src/a b/main.go:20 +0x2a
created by main.main in goroutine 1
	/src/main.go:8 +0x19

goroutine 8 [select]:
main.wait(...)
	/src/main.go:30
main.run()
	/src/main.go:40 +0x1
`

func plainGoroutines(t testing.TB) []Goroutine {
	t.Helper()
	gs, err := Parse([]byte(wrapped))
	require.NoError(t, err)
	require.Len(t, gs, 2)
	return withoutLines(gs)
}

// eachLine puts something around each line of the dump.
func eachLine(f func(line string) string) string {
	var b strings.Builder
	for line := range strings.Lines(wrapped) {
		b.WriteString(f(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

func slogLine(handler func(*strings.Builder) slog.Handler) string {
	var b strings.Builder
	slog.New(handler(&b)).Error("handler failed", "stack", wrapped, "user", 7)
	return b.String()
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	n := 0
	for _, test := range []struct{ reason, dump string }{
		{"testing.T.Log puts the place before the first line and indents the others",
			strings.ReplaceAll("    x_test.go:12: "+strings.TrimSpace(wrapped), "\n", "\n        ") + "\n"},
		{"log.Print puts a prefix before the first line alone", "app: 2026/01/02 10:11:12.345678 " + wrapped},
		{"a log of lines with microseconds", eachLine(func(line string) string {
			n++
			return fmt.Sprintf("app: 2026/01/02 10:11:%02d.%06d %s", n%60, n, line)
		})},
		{"the monotonic clock of journalctl", eachLine(func(line string) string {
			n++
			return fmt.Sprintf("[%5d.%06d] host app[77]: %s", n, n, line)
		})},
		{"Unix time", eachLine(func(line string) string { n++; return fmt.Sprint(1_700_000_000+n, " ", line) })},
		{"white space at the end of lines is lost", eachLine(func(line string) string { return strings.TrimRight("web-1  | "+line, " ") })},
		{"tabs become spaces", strings.ReplaceAll(wrapped, "\t", "        ")},
		{"tabs become spaces behind a prefix", eachLine(func(line string) string { return "web-1  | " + strings.ReplaceAll(line, "\t", "    ") })},
		{"the body is indented, the header is not", strings.ReplaceAll(strings.ReplaceAll(wrapped, "\n", "\n  "), "\n  \n  goroutine", "\n\ngoroutine")},
		{"colours around names", strings.ReplaceAll(strings.ReplaceAll(wrapped, "main.", "\x1b[1;34mmain.\x1b[0m"), "goroutine 8", "\x1b[31mgoroutine 8\x1b[0m")},
		{"a link around each place", eachLine(func(line string) string {
			return strings.Replace(line, "\t/src", "\t\x1b]8;;file:///src\x1b\\/src", 1) + "\x1b]8;;\x1b\\"
		})},
		{"a field of slog's JSON", slogLine(func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) })},
		{"a field of slog's text", slogLine(func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) })},
		{"JSON behind a time", eachLine(func(line string) string {
			n++
			return fmt.Sprintf("2026-01-02T10:11:12.%dZ {\"log\":%s}", n, strconv.Quote(line+"\n"))
		})},
		{"a prefix within JSON", eachLine(func(line string) string { return `{"log":` + strconv.Quote("web | "+line+"\n") + `}` })},
		{"pieces of lines", pieces(wrapped, 7)},
		{"JSON with line ends of Windows", eachLine(func(line string) string { return `{"log":"` + jsonEscape(line) + `\r\n"}` })},
		{"a byte order mark before each message", eachLine(func(line string) string { return "<14>1 2026-01-02T10:11:12Z web shop 812 - - \ufeff" + line })},
		{"colours that tput has ended", eachLine(func(line string) string { return "\x1b[31m" + line + "\x1b(B\x1b[m" })},
		{"hashes of Ruby", eachLine(func(line string) string { return `{"host"=>"web", "log"=>` + strconv.Quote(line) + "}" })},
		{"a message with a header in it before the dump", `{"msg":"see goroutine 7 below"}` + "\n" + wrapped},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			gs, text := read(t, []byte(test.dump))
			assert.Equal(t, plainGoroutines(t), withoutLines(gs), test.dump)
			for _, line := range text {
				assert.Contains(t, line, "msg", "nothing of the dump is text")
			}
		})
	}
}

func jsonEscape(s string) string {
	b, _ := json.Marshal(s) // of a string it cannot go wrong
	return strings.Trim(string(b), `"`)
}

// pieces is what docker makes of long lines: the rest follows in the next
// object.
func pieces(dump string, size int) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		first := min(size, len(line))
		if strings.HasPrefix(line, "goroutine") {
			first = len(line) // a header in pieces is not found
		}
		for _, part := range []string{line[:first], line[first:]} {
			if part != "" {
				b.WriteString(`{"log":` + strconv.Quote(part) + "}\n")
			}
		}
	}
	return b.String()
}

// TestOthersInTheLog holds that what others write into the same log stays out.
func TestOthersInTheLog(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	i := 0
	var others []string
	for line := range strings.Lines(wrapped) {
		b.WriteString("web-1  | " + line)
		if i++; i%2 == 0 {
			others = append(others, fmt.Sprintf("db-1   | checkpoint %d (done)", i), "web-1  | GET /x")
			b.WriteString(others[len(others)-2] + "\n" + others[len(others)-1] + "\n")
		}
	}
	gs, text := read(t, []byte(b.String()))
	assert.Equal(t, plainGoroutines(t), withoutLines(gs))
	assert.Equal(t, others, text)
}

// TestOtherTestBinary: go test -json ./... mixes the output of packages.
func TestOtherTestBinary(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for line := range strings.Lines(wrapped) {
		b.WriteString(jsonLine("Action", "output", "Package", "shop", "Output", line) + "\n")
		b.WriteString(jsonLine("Action", "output", "Package", "mail", "Output", "main.noise()\n") + "\n")
	}
	gs, text := read(t, []byte(b.String()))
	assert.Equal(t, plainGoroutines(t), withoutLines(gs))
	assert.Len(t, text, strings.Count(wrapped, "\n"))
}

// TestDumpsAtOnce: instances that are stopped together print their dumps together.
func TestDumpsAtOnce(t *testing.T) {
	t.Parallel()
	for reason, wrap := range map[string]func(writer int, line string) string{
		"prefixes":       func(writer int, line string) string { return fmt.Sprintf("web-%c  | %s", 'a'+writer, line) },
		"fields of JSON": func(writer int, line string) string { return jsonLine("pod", fmt.Sprint(writer), "log", line+"\n") },
		"names and times": func(writer int, line string) string {
			return fmt.Sprintf("[pod/%c] 2026-01-02T10:11:12.%dZ %s", 'a'+writer, len(line), line)
		},
	} {
		for writers := 1; writers < 4; writers++ {
			var log strings.Builder
			var want []Goroutine
			for line := range strings.Lines(wrapped) {
				for writer := range writers {
					log.WriteString(wrap(writer, strings.TrimSuffix(line, "\n")) + "\n")
				}
			}
			for range writers {
				want = append(want, plainGoroutines(t)...)
			}
			gs, text := read(t, []byte(log.String()+"bye\n"))
			require.Equal(t, want, withoutLines(gs), "%d %s\n%s", writers, reason, log.String())
			assert.Equal(t, []string{"bye"}, text, reason)
			if writers > 1 {
				assert.Equal(t, 2, gs[2].Line, "lines keep their numbers")
			}
		}
	}
}

// TestManyWriters: a header behind each of many prefixes is read in linear time.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	const writers = 100_000
	for i := range writers {
		fmt.Fprintf(&log, "w%c%c%c%c: goroutine %d [select]:\n", 'a'+i/17576%26, 'a'+i/676%26, 'a'+i/26%26, 'a'+i%26, i)
	}
	gs, _ := read(t, []byte(log.String()))
	assert.Len(t, gs, writers)
}

// TestWrappingChanges: dumps wrapped in one way and another in one input.
func TestWrappingChanges(t *testing.T) {
	t.Parallel()
	plain := plainGoroutines(t)
	var all strings.Builder
	var want []Goroutine
	for i := range 3 * len(wraps) {
		all.Write(wrap([]byte(wrapped), i*5%len(wraps)))
		all.WriteString("\n" + wrapped + "\n")
		want = append(append(want, plain...), plain...)
	}
	gs, text := read(t, []byte(all.String()))
	assert.Equal(t, want, withoutLines(gs))
	assert.Empty(t, text)
}

// TestForgedGoroutines: the runtime indents the value of a panic by a tab, so
// that nothing in it is taken for a goroutine.
func TestForgedGoroutines(t *testing.T) {
	t.Parallel()
	const forged = "panic: text\n\t\n\tgoroutine 99 [running]:\n\tmain.fake()\n\t\t/fake.go:1 +0x1\n\n"
	for how := range wraps {
		name := wraps[how].name
		gs, _ := read(t, wrap([]byte(forged+wrapped), how))
		assert.Equal(t, plainGoroutines(t), withoutLines(gs), name)
		gs, _ = read(t, wrap([]byte(wrapped+"\n"+forged+wrapped), how))
		assert.Len(t, gs, 4, name)
	}
	gs, _ := read(t, []byte("\t"+strings.ReplaceAll(wrapped, "\n", "\n\t")+"\n"+forged+wrapped))
	assert.Len(t, gs, 4, "an indentation that was seen before is no excuse")
	gs, _ = read(t, []byte("\t"+strings.ReplaceAll(wrapped, "\n", "\n\t")))
	assert.Equal(t, plainGoroutines(t), withoutLines(gs), "an indented dump without a panic is one")
}

func TestNotWrapped(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"app: goroutine 7 [running] is late",
		"stopping goroutine 7 [running]: it is late",
		"the subgoroutine 7 [running]:",
		`{"msg":"goroutine 7 is late"}`,
		`{"msg":"goroutine 7 [running]: it is late"}`,
		`goroutine "7 [running]:"`,
		"x" + strings.Repeat("goroutine 1 ", 80_000) + ":",
		"x" + strings.Repeat("goroutine 1 [", 70_000) + ":",
		strings.Repeat(`"goroutine 1 [`, 70_000),
		strings.Repeat("\x1b]", 500_000),
		strings.Repeat(`\u`, 500_000) + `"`,
		strings.Repeat("1:", 500_000) + "xgoroutine 1 (x)]:",
	} {
		gs, _ := read(t, []byte(line+"\n"))
		assert.Empty(t, gs, excerpt([]byte(line)))
	}
}

func TestTextIsKeptApart(t *testing.T) {
	t.Parallel()
	type line struct {
		n    int
		text string
	}
	var got []line
	r := NewReader(strings.NewReader("10:11 starting\n\npanic: \x1b[1moh\x1b[0m\n\n" + wrapped + "exit status 2\nFAIL\tshop\t0.01s\n\n\tlate\nbye"))
	r.Text = func(n int, text []byte) { got = append(got, line{n, string(text)}) }
	gs, err := r.ReadAll()
	require.Error(t, err, "each run of text is a problem")
	require.Len(t, gs, 2)
	assert.Empty(t, gs[1].Unparsed)
	assert.Equal(t, []line{{1, "10:11 starting"}, {3, "panic: oh"}, {16, "exit status 2"}, {17, "FAIL\tshop\t0.01s"}, {19, "\tlate"}, {20, "bye"}}, got)
}

// TestManyPieces: a line in a million pieces is put together in linear time,
// and not without end.
func TestManyPieces(t *testing.T) {
	t.Parallel()
	head := "{\"log\":\"goroutine 7 [select]:\\n\"}\n"
	gs, _ := read(t, []byte(head+strings.Repeat("{\"log\":\"x\"}\n", maxLine+100)+"{\"log\":\"\"}\n{\"log\":\"\\nmain.f()\\n\"}\n{\"log\":\"\\t/x.go:1\"}\n"))
	require.Len(t, gs, 1)
	assert.Equal(t, []Frame{{Func: "main.f", File: "/x.go", Line: 1}}, gs[0].Frames)
}

// TestCutValue: collectors cut what is too long for them.
func TestCutValue(t *testing.T) {
	t.Parallel()
	whole := slogLine(func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) })
	start := strings.Index(whole, "goroutine 8")
	for cut := start + len("goroutine 8 [select]:"); cut < strings.Index(whole, `","user"`); cut++ {
		gs, err := Parse([]byte(whole[:cut] + "\n" + wrapped))
		require.ErrorIs(t, err, ErrIncomplete)
		require.Len(t, gs, 4, whole[:cut])
		assert.Equal(t, []bool{false, true, false, false}, []bool{gs[0].Truncated, gs[1].Truncated, gs[2].Truncated, gs[3].Truncated}, whole[:cut])
	}
	long := `{"stack":` + strconv.Quote(strings.Repeat(wrapped+"\n", 2*maxLine/len(wrapped))) + "}\n"
	gs, err := Parse([]byte(long))
	require.ErrorIs(t, err, ErrIncomplete)
	assert.Greater(t, len(gs), maxLine/len(wrapped))
	assert.Equal(t, 3, strings.Count(err.Error(), "\n")+1, "for the line, its last piece and the last goroutine: %v", err)
}
