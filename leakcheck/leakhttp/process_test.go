package leakhttp

import (
	"net/http/httptest"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	revision := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"},
		{Key: "vcs.modified", Value: "true"},
	}
	for _, tt := range []struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", revision, "example.com/shop v1.2.3"},
		{"(devel)", revision, "example.com/shop 0123456789ab+dirty"},
		{"", nil, "example.com/shop"},
	} {
		info := debug.BuildInfo{Path: "example.com/shop", Main: debug.Module{Version: tt.version}, Settings: tt.settings}
		assert.Equal(t, tt.want, build(&info))
	}
}

// Who has the pages of several instances open sees which one this is, in each
// form, and since when growth is known.
func TestIdentity(t *testing.T) {
	t.Parallel()
	v := &live.Survey{Report: &report.Report{Kind: report.Dumped}, Taken: started.Add(90 * time.Minute),
		Samples: 30, Since: time.Date(2026, 11, 24, 9, 46, 0, 0, time.UTC)}
	for _, format := range []string{"html", "text", "json", "jsonl"} {
		w := httptest.NewRecorder()
		formats[format](w, v, request{})
		got := w.Body.String()
		assert.Contains(t, got, "process "+strconv.Itoa(os.Getpid()), format)
		assert.Contains(t, got, "up for 1h30m0s, sampled 30 times since 09:46:00 UTC", format)
		if head, _, ok := strings.Cut(got, "</header>"); ok {
			assert.Contains(t, head, "up for ", "in the head of the page")
			assert.Equal(t, 1, strings.Count(got, "up for "), "and there alone")
		}
	}
	v.Samples = 1
	assert.NotContains(t, identity(v), "sampled", "one sample shows no growth")
}
