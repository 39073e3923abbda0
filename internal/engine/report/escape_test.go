package report_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want, reason string }{
		{"", "", "nothing"},
		{`shop.(*Pool[...]).run "x" \ %0A`, `shop.(*Pool[...]).run "x" \ %0A`, "printable ASCII stays"},
		{"main.世界 é 😀", "main.世界 é 😀", "so does text in any script"},
		{"a\x1b[31mred", `a\x1b[31mred`, "a terminal's escape"},
		{"\x07\b\r\n\x00\x7f", `\x07\x08\x0d\x0a\x00\x7f`, "control characters"},
		{"a\tb", "a b", "a tab is a space"},
		{"a\u0085\u009bb", `a\u0085\u009bb`, "C1 controls: 9b begins an escape as well"},
		{"a\u202eb\u2066c\u200fd", `a\u202eb\u2066c\u200fd`, "marks that change the direction"},
		{"a\u2028b\u2029c", `a\u2028b\u2029c`, "line separators"},
		{"\ufeff\u200b", `\ufeff\u200b`, "invisible characters"},
		{"\U000e0041", `\U000e0041`, "tag characters, beyond four digits"},
		{"a\xffb\xc3", `a\xffb\xc3`, "invalid UTF-8, by its bytes"},
		{"\ufffd", `\ufffd`, "a replacement character cannot be told from one"},
		{"\ue000", `\ue000`, "private use"},
	} {
		assert.Equal(t, tt.want, report.Escape(tt.in), tt.reason)
	}
}

// assertPlain fails where s holds what could do more than show itself.
func assertPlain(t *testing.T, s string) {
	t.Helper()
	assert.True(t, utf8.ValidString(s), "%q is valid UTF-8", s)
	for _, r := range s {
		if unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' {
			assert.Fail(t, "not harmless", "%q holds %U", s, r)
			return
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "a\x1b[31m\n", "\u202e\xff", "\U000e0041\ufffd", "a\tb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := report.Escape(s)
		assertPlain(t, got)
		assert.Equal(t, got, report.Escape(got), "what is harmless stays as it is")
		plain := true
		for i := range len(s) {
			plain = plain && ' ' <= s[i] && s[i] <= '~'
		}
		if plain {
			assert.Equal(t, s, got, "printable ASCII stays")
		}
	})
}
