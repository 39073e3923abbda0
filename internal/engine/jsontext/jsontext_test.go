package jsontext_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/jsontext"
)

type inner struct {
	ID   int64   `json:"id"`
	Each float64 `json:"each"`
}

type Embedded struct {
	Name   string   `json:"name,omitempty"`
	List   []string `json:"list,omitempty"`
	hidden string
}

type outer struct {
	*Embedded
	On    bool    `json:"on,omitempty"`
	Inner inner   `json:"inner,omitzero"`
	Other *inner  `json:"other,omitempty"`
	Many  []inner `json:"many"`
	Some  []inner `json:"some,omitzero"`
	Not   string  `json:"-"`
	Last  *inner  `json:"last"`
}

// FuzzAppend compares with encoding/json.
func FuzzAppend(f *testing.F) {
	f.Add("a\"\\\b\f\n\r\t\x00\x1f\x7fé\u2028\u2029\ufffd\xff\U0001f600<&>", 0.5, 3)
	f.Add("", 0.0, 0)
	f.Fuzz(func(t *testing.T, text string, each float64, n int) {
		if n %= 4; each != 0 && !(each > 1e-6 && each < 1e20) {
			return // encoding/json writes an exponent
		}
		v := outer{Embedded: &Embedded{Name: text, List: make([]string, max(n, 0)), hidden: "h"}, On: n > 1, Not: "not"}
		v.Inner.Each, v.Some = each, []inner{}
		if n > 0 {
			v.Other, v.Many, v.Some = &inner{int64(-n), each}, make([]inner, n), nil
		}
		for _, indent := range []bool{false, true} {
			var want bytes.Buffer
			enc := json.NewEncoder(&want)
			enc.SetEscapeHTML(false)
			if indent {
				enc.SetIndent("", "  ")
			}
			require.NoError(t, enc.Encode(v))
			got := string(jsontext.Writer{Indent: indent}.Append(nil, v))
			// Go 1.27 writes the character for what is not UTF-8, Go 1.26 its escape.
			escape := strings.NewReplacer("\ufffd", `\ufffd`)
			require.Equal(t, escape.Replace(want.String()), escape.Replace(got))
		}
	})
}

func TestEscape(t *testing.T) {
	t.Parallel()
	w := jsontext.Writer{Escape: func(r rune) bool { return r > 0x7f || r == '<' }}
	require.Equal(t, "\"a\\u003c\\u00e9\\ud83d\\ude00\"\n", string(w.Append(nil, "a<é\U0001f600")))
	require.Equal(t, `"a\\xffé\ufffd"`, strings.TrimSpace(string(jsontext.Writer{Escape: func(r rune) bool { return r == '\ufffd' }}.Append(nil, "a\xffé\ufffd"))))
}
