package unwrap

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUnquote(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`plain`:                 "plain",
		`a\nb\tc\"d\\e\/f`:      "a\nb\tc\"d\\e/f",
		`\u4e16\u001b`:          "世\x1b",
		`\ud83d\ude00`:          "😀",
		`\ud83d!`:               "\ufffd!",
		`\x41\xff`:              "A\xff",
		`\U0001F600`:            "😀",
		`\q \u12 \`:             `\q \u12 \`,
		`\a\b\f\v\'`:            "\a\b\f\v'",
		`\u00E9`:                "é",
		`\ud83d\u0041`:          "\ufffdA",
		`\Uffffffff is no rune`: "\ufffd is no rune",
	} {
		assert.Equal(t, want, string(Unquote(nil, []byte(text))), text)
	}
}
