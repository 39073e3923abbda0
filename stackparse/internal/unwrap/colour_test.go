package unwrap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCutColours(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                          "plain",
		"\x1b[31mred\x1b[0m":             "red",
		"\x1b[1;38;5;9mbold\x1b[m":       "bold",
		"a\x1b[2Kb\x1b[10;20Hc":          "abc",
		"\x1b]8;;https://x\x1b\\link":    "link",
		"\x1b]0;title\atext":             "text",
		"\x1b_bk;t=1717171717000\atext":  "text",
		"\x1b(Btext\x1b(":                "text",
		"\x1b[31":                        "[31",
		"\x1b]no end":                    "]no end",
		"\x1b":                           "",
		"\x1b\x1b[1m[1m":                 "[1m",
		"\x1b]\x1b]8;;x\x1b\\y":          "]y",
		"\x1b[é":                         "[é",
		"a\x1bPunknown":                  "aPunknown",
		"\x1b[31mgoroutine 1\x1b[0m [x]": "goroutine 1 [x]",
	} {
		assert.Equal(t, want, string(cutColours(nil, []byte(text))), "%q", text)
		line := []byte(text)
		assert.Equal(t, want, string(cutColours(line[:0], line)), "in place")
	}
}
