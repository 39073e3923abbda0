package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestColumns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   int
		reason string
	}{
		{"", 0, "nothing"},
		{"shop.f", 6, "ASCII"},
		{"é", 1, "a letter with its accent"},
		{"e\u0301", 1, "a letter and an accent"},
		{"世界", 4, "wide"},
		{"ｆ", 2, "full-width"},
		{"ｱ", 1, "half-width"},
		{"한글", 4, "Hangul syllables"},
		{"😀", 2, "emoji"},
		{"→…×", 3, "what reports are written with"},
	} {
		assert.Equal(t, tt.want, columns(tt.text), "%q: %s", tt.text, tt.reason)
	}
}

func TestFitAndCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		n        int
		fit, cut string
	}{
		{"", 5, "", ""},
		{"abcde", 5, "abcde", "abcde"},
		{"abcdef", 5, "abcd…", "abcd…"},
		{"世界世", 5, "世界…", "世界世"},
		{"世界世", 6, "世界世", "世界世"},
		{"ééé", 3, "ééé", "ééé"},
		{"éééé", 3, "éé…", "éé…"},
		{"ab", 1, "…", "…"},
	} {
		assert.Equal(t, tt.fit, fit(tt.text, tt.n), "fit %q into %d", tt.text, tt.n)
		assert.Equal(t, tt.cut, Cut(tt.text, tt.n), "cut %q to %d", tt.text, tt.n)
		assert.LessOrEqual(t, columns(fit(tt.text, tt.n)), tt.n)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		lead   int
		want   string
		reason string
	}{
		{"", 2, "", "nothing"},
		{"one two", 2, "one two", "it fits"},
		{"one two three", 2, "one two\n  three", "it does not"},
		{"overlongword", 2, "overlongword", "no place to break"},
		{"a overlongword b", 2, "a\n  overlongword\n  b", "only one place"},
		{"世界 世界", 2, "世界\n  世界", "columns count, not characters"},
		{"one two ::error", 2, "one two ::error", "no line that was broken starts a command"},
		{"a  b", 2, "a  b", "spaces stay"},
	} {
		assert.Equal(t, tt.want, wrap(tt.text, tt.lead, 10), tt.reason)
	}
	assert.Equal(t, strings.Repeat("x ", 1<<14), strings.ReplaceAll(wrap(strings.Repeat("x ", 1<<14), 0, 80), "\n", " "), "in one pass")
}
