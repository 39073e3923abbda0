package unwrap

import (
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// TestEntities compares with package html, which has a larger table.
func TestEntities(t *testing.T) {
	t.Parallel()
	texts := []string{"a&lt;b&gt;&amp;&#34;&#39;&#xA;&#X9;&#233;&#x10ffff;&#xd800;", "&&amp;", "&amp;amp;", "&", "&;", "&#;", "& lt;"}
	for _, field := range strings.Split(names, " ") {
		_, size := utf8.DecodeLastRuneInString(field)
		texts = append(texts, "a &"+field[:len(field)-size]+"; b")
	}
	for _, text := range texts {
		assert.Equal(t, html.UnescapeString(text), string(Entities([]byte(text))), "%q", text)
	}
	for _, text := range []string{"&am;", "&ltx", "&lt< gt;", "&#x;", "&#99999999999;"} {
		assert.Equal(t, text, string(Entities([]byte(text))), "this is no entity")
	}
}
