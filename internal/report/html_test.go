package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/report"
)

// The policy allows the page's own style and script and nothing else.
func TestContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	got := render(t, report.HTML{}, recorded(t, "fetch"))
	for _, element := range []string{"style", "script"} {
		_, rest, ok := strings.Cut(got, "<"+element+">")
		require.True(t, ok)
		text, _, ok := strings.Cut(rest, "</"+element+">")
		require.True(t, ok)
		sum := sha256.Sum256([]byte(text))
		assert.Contains(t, report.ContentSecurityPolicy, element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	assert.Contains(t, got, `content="`+report.ContentSecurityPolicy+`"`)
	assert.NotContains(t, report.ContentSecurityPolicy, "unsafe")
}

// A page for where no script may be has none, and no part of the search.
func TestHTMLStatic(t *testing.T) {
	t.Parallel()
	got := render(t, report.HTML{Static: true}, recorded(t, "mixed"))
	for _, part := range []string{"<script", "<form", "<input", "<button"} {
		assert.NotContains(t, got, part)
	}
}
