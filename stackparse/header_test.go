package stackparse

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type headerTest struct {
	reason  string
	header  string
	want    Goroutine
	problem string // the error; "" for none
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, test := range []headerTest{
		{"plain", "goroutine 7 [running]:",
			Goroutine{ID: 7, State: "running"}, ""},
		{"a state has parentheses of its own", "goroutine 7 [chan receive (nil chan)]:",
			Goroutine{ID: 7, State: "chan receive (nil chan)"}, ""},
		{"marks are cut from the right, the state's parentheses stay", "goroutine 7 [chan send (nil chan) (leaked) (scan)]:",
			Goroutine{ID: 7, State: "chan send (nil chan)", Leaked: true, Scan: true}, ""},
		{"marks in an order that no release prints", "goroutine 7 [select (durable) (leaked)]:",
			Goroutine{ID: 7, State: "select", Leaked: true, Durable: true}, ""},
		{"every modifier at once", "goroutine 7 [select (scan) (durable), 12 minutes, locked to thread, synctest bubble 3]:",
			Goroutine{ID: 7, State: "select", Scan: true, Durable: true, Wait: 12 * time.Minute, LockedToThread: true, Bubble: 3}, ""},
		{"crash header of an idle goroutine", "goroutine 7 gp=0xc0001 m=nil [select]:",
			Goroutine{ID: 7, State: "select", Thread: &Thread{G: 0xc0001}}, ""},
		{"crash header of a running goroutine", "goroutine 0 gp=0xc0001 m=3 mp=0x5f [idle]:",
			Goroutine{ID: 0, State: "idle", Thread: &Thread{G: 0xc0001, Running: true, M: 3, MAddr: 0x5f}}, ""},
		{"Go 1.24 names the root of a bubble, and has states of its own", "goroutine 7 [chan receive (synctest), synctest group 34]:",
			Goroutine{ID: 7, State: "chan receive", Durable: true, Bubble: 34, BubbleRoot: 34}, ""},
		{"no status at all, the runtime's bad status", "goroutine 7 [???]:",
			Goroutine{ID: 7, State: "???"}, ""},
		{"empty state", "goroutine 7 []:",
			Goroutine{ID: 7}, ""},

		{"labels of Go 1.27", "goroutine 7 [select] {k: v, path: /a/b.c_d}:",
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "v"}, {"path", "/a/b.c_d"}}}, ""},
		{"labels of Go 1.26", `goroutine 7 [select, 2 minutes labels:{"k": "v", "a b": "c"}]:`,
			Goroutine{ID: 7, State: "select", Wait: 2 * time.Minute, Labels: []Label{{"k", "v"}, {"a b", "c"}}}, ""},
		{"empty key and value need no quotes", "goroutine 7 [select] {: }:",
			Goroutine{ID: 7, State: "select", Labels: []Label{{"", ""}}}, ""},
		{"the end of a header in a value", `goroutine 7 [select] {k: "]:", "}": "a, b: c"}:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "]:"}, {"}", "a, b: c"}}}, ""},
		{"the end of the bracket in a 1.26 value", `goroutine 7 [select labels:{"k": "]:", "l": "}]"}]:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "]:"}, {"l", "}]"}}}, ""},
		{"escapes", `goroutine 7 [select] {k: "\"\\\n\t\x00\u007f\u4e16\U0001f600\xff"}:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "\"\\\n\t\x00\x7f世😀\xff"}}}, ""},
		{"a value that ends in a backslash", `goroutine 7 [select] {k: "\\"}:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", `\`}}}, ""},
		{"a forged goroutine in a value", `goroutine 7 [select] {k: "]:\n\ngoroutine 8 [running]:\n"}:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "]:\n\ngoroutine 8 [running]:\n"}}}, ""},
	} {
		t.Run(test.reason, test.run)
	}
}

// TestHeaderUnknown holds that what is new in a header costs nothing of what
// is known.
func TestHeaderUnknown(t *testing.T) {
	t.Parallel()
	for _, test := range []headerTest{
		{"a modifier of a later release", "goroutine 7 [select, on holiday, 2 minutes]:",
			Goroutine{ID: 7, State: "select", Wait: 2 * time.Minute, Unparsed: []string{"on holiday"}},
			`dump:1: unknown text in goroutine 7: "on holiday"`},
		{"a word between id and bracket", "goroutine 7 p=4 [select]:",
			Goroutine{ID: 7, State: "select", Unparsed: []string{" p=4"}},
			`dump:1: unknown text in goroutine 7: " p=4"`},
		{"a word after the labels", "goroutine 7 [select] {k: v} <new>:",
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "v"}}, Unparsed: []string{" <new>"}},
			`dump:1: unknown text in goroutine 7: " <new>"`},
		{"a word after labels of Go 1.26", `goroutine 7 [select labels:{"k": "v"} new]:`,
			Goroutine{ID: 7, State: "select", Labels: []Label{{"k", "v"}}, Unparsed: []string{" new"}},
			`dump:1: unknown text in goroutine 7: " new"`},
		{"labels that do not end keep the rest", "goroutine 7 [select] {k: v:",
			Goroutine{ID: 7, State: "select", Unparsed: []string{" {k: v"}},
			`dump:1: unknown text in goroutine 7: " {k: v"`},
		{"braces without a label", "goroutine 7 [select] {}:",
			Goroutine{ID: 7, State: "select", Unparsed: []string{" {}"}},
			`dump:1: unknown text in goroutine 7: " {}"`},
		{"a literal with a bad escape", `goroutine 7 [select] {k: "\q"}:`,
			Goroutine{ID: 7, State: "select", Unparsed: []string{` {k: "\q"}`}},
			`dump:1: unknown text in goroutine 7: " {k: \"\\q\"}"`},
		{"labels of Go 1.26 that do not end", `goroutine 7 [select labels:{"k": "v]:`,
			Goroutine{ID: 7, State: "select", Unparsed: []string{` labels:{"k": "v`}},
			`dump:1: unknown text in goroutine 7: " labels:{\"k\": \"v"`},
		{"no bracket", "goroutine 7 (running):",
			Goroutine{ID: 7, Unparsed: []string{" (running)"}},
			`dump:1: unknown text in goroutine 7: " (running)"`},
		{"cut off in the bracket", "goroutine 7 [chan rec",
			Goroutine{ID: 7, Unparsed: []string{"[chan rec"}},
			`dump:1: unknown text in goroutine 7: "[chan rec"`},
		{"cut off before the colon", "goroutine 7 [select]",
			Goroutine{ID: 7, State: "select"},
			"dump:1: header of goroutine 7: no colon at its end"},
		{"the largest id", "goroutine 9223372036854775807 [select]:",
			Goroutine{ID: 9223372036854775807, State: "select"}, ""},
		{"an id too large", "goroutine 9223372036854775808 [select]:",
			Goroutine{ID: 0, State: "select", Unparsed: []string{"9223372036854775808"}},
			`dump:1: unknown text in goroutine 0: "9223372036854775808"`},
		{"minutes that overflow a Duration", "goroutine 7 [select, 153722868 minutes]:",
			Goroutine{ID: 7, State: "select", Unparsed: []string{"153722868 minutes"}},
			`dump:1: unknown text in goroutine 7: "153722868 minutes"`},
		{"a modifier that comes twice must not hide the first", "goroutine 7 [select, 2 minutes, 3 minutes]:",
			Goroutine{ID: 7, State: "select", Wait: 2 * time.Minute, Unparsed: []string{"3 minutes"}},
			`dump:1: unknown text in goroutine 7: "3 minutes"`},
	} {
		t.Run(test.reason, test.run)
	}
}

// run also asks that the header reads back after Write.
func (test headerTest) run(t *testing.T) {
	t.Parallel()
	gs, err := Parse([]byte(test.header + "\nmain.main()\n\t/x.go:1\n"))
	require.Len(t, gs, 1)
	if test.problem == "" {
		require.NoError(t, err)
	} else {
		require.EqualError(t, err, test.problem)
	}
	test.want.Line = 1
	test.want.Frames = []Frame{{Func: "main.main", File: "/x.go", Line: 1}}
	assert.Equal(t, test.want, gs[0])
	assert.Equal(t, withoutLines(gs), withoutLines(rewritten(t, gs)), "after Write")
}

func TestNotHeader(t *testing.T) {
	t.Parallel()
	for line, reason := range map[string]string{
		"goroutine":                           "no id",
		"goroutine 7":                         "nothing behind the id",
		"goroutine 7 is late":                 "prose",
		"goroutine 7x [running]:":             "no id",
		"goroutine -7 [running]:":             "negative",
		"goroutine profile: total 7":          "head of the debug=1 profile",
		"Goroutine 7 (running) created at:":   "race report",
		"app: goroutine 7 [running]: is late": "prose with a prefix",
		"subgoroutine 7 [running]:":           "another word",
		"[originating from goroutine 7]:":     "ancestor",
		"goroutine running on other thread;":  "body line",
	} {
		assert.False(t, isHeader([]byte(line)), "%s: %s", reason, line)
		gs, err := Parse([]byte(line + "\n"))
		assert.Empty(t, gs, reason)
		assert.Error(t, err, reason)
	}
}
