package render_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/report/reporttest"
	"github.com/leakcheck-go/goroutine/internal/render"
)

// The policy allows the page's own style and script and nothing else.
func TestContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	got := reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "fetch"))
	for _, element := range []string{"style", "script"} {
		_, rest, ok := strings.Cut(got, "<"+element+">")
		require.True(t, ok)
		text, _, ok := strings.Cut(rest, "</"+element+">")
		require.True(t, ok)
		sum := sha256.Sum256([]byte(text))
		assert.Contains(t, render.HTML{}.Policy(), element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	assert.Contains(t, got, `content="`+render.HTML{}.Policy()+`"`)
	assert.NotContains(t, render.HTML{}.Policy(), "unsafe")
}

// A page that is served allows its buttons, one without a script allows none.
func TestPolicyAllowsWhatThePageHas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		page         render.HTML
		form, script bool
	}{
		{render.HTML{}, false, true},
		{render.HTML{Static: true}, false, false},
		{render.HTML{Static: true, Actions: []render.Action{{Text: "go"}}}, true, false},
	} {
		policy := tt.page.Policy()
		assert.Contains(t, reporttest.Rendered(t, tt.page, reporttest.Recorded(t, "fetch")), `content="`+policy+`"`)
		assert.Equal(t, tt.form, strings.Contains(policy, "form-action 'self'"))
		assert.Equal(t, !tt.form, strings.Contains(policy, "form-action 'none'"))
		assert.Equal(t, tt.script, strings.Contains(policy, "script-src"))
	}
}

func TestHTMLBar(t *testing.T) {
	t.Parallel()
	got := reporttest.Rendered(t, render.HTML{Static: true,
		Links:   []render.Link{{Text: "as <text>", Address: `?format=text&full="1"`}},
		Actions: []render.Action{{Text: "Ask", Note: "a & b"}, {Text: "Never", Off: true}},
	}, reporttest.Recorded(t, "fetch"))
	assert.Contains(t, got, `<a href="?format=text&amp;full=&#34;1&#34;">as &lt;text&gt;</a>`)
	assert.Contains(t, got, `<form class="act" method="post"><button>Ask</button> <span>a &amp; b</span></form>`)
	assert.Contains(t, got, `<button disabled>Never</button>`)
}

// A page for where no script may be has none, and no part of the search.
func TestHTMLStatic(t *testing.T) {
	t.Parallel()
	got := reporttest.Rendered(t, render.HTML{Static: true}, reporttest.Recorded(t, "mixed"))
	for _, part := range []string{"<script", "<form", "<input", "<button"} {
		assert.NotContains(t, got, part)
	}
}

// Numbers of a hostile report draw something inside its box, and sums are right.
func TestHTMLPictures(t *testing.T) {
	t.Parallel()
	r := reporttest.Recorded(t, "mixed")
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Count, f.Numbers = math.MaxInt32, []int64{math.MinInt64, 0, math.MaxInt64}
		f.At.Func = fmt.Sprintf("example.com/shop/p%d.run", i%14)
	}
	r.Findings[1].Numbers = []int64{70, 70}
	r.Findings[2].Numbers = []int64{0, 1, 0}
	got := reporttest.Rendered(t, render.HTML{Static: true}, r)
	assert.Contains(t, got, `aria-label="from -9223372036854775808 to 9223372036854775807"><polyline points="1.0,20.0 50.0,11.0 99.0,2.0 "/>`)
	assert.Contains(t, got, `<polyline points="1.0,2.0 99.0,2.0 "/>`, "what stays is a flat line")
	assert.Contains(t, got, `<polyline points="1.0,20.0 50.0,18.2 99.0,20.0 "/>`, "one that comes and goes is no peak")
	assert.Contains(t, got, `<li><span>example.com/shop/p0</span> <b>4294967294</b>`, "two kinds of a package, also where int has 32 bits")
	assert.Contains(t, got, `<li><span>4 others</span>`)
	assert.NotContains(t, got, "NaN")
	assert.NotContains(t, reporttest.Rendered(t, render.HTML{}, reporttest.Recorded(t, "proven")), "<polyline", "no samples, no trend")
}
