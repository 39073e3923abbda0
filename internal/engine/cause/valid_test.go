package cause_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/gotest/golden"
)

// maxText is what fits on the line of a report behind the name of the row.
const maxText = 100

// validate reports what is wrong with causes that belong together: what is
// missing, what a report cannot print, and what two of them share.
func validate(causes []cause.Cause) error {
	validID := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	validSource := regexp.MustCompile(`^(https://\S+|[a-z/]+/[a-z0-9_]+\.go: \S+)$`)
	validSince := regexp.MustCompile(`^(go1\.\d+|\S+\.\S+/\S+ v\d+\.\d+\.\d+)$`)
	validLint := regexp.MustCompile(`^(go vet \([a-z]+\)|[a-z]+|)$`)
	var problems []error
	add := func(c *cause.Cause, format string, args ...any) {
		problems = append(problems, fmt.Errorf("cause %q: %s", c.ID, fmt.Sprintf(format, args...)))
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for i := range causes {
		c := &causes[i]
		for _, text := range []struct{ name, value string }{{"title", c.Title}, {"why", c.Why}, {"fix", c.Fix}} {
			if problem := checkText(text.value); problem != "" {
				add(c, "%s: %s", text.name, problem)
			}
		}
		switch {
		case !validID.MatchString(c.ID):
			add(c, "the ID is not lower-case words with hyphens")
		case ids[c.ID]:
			add(c, "another cause has the same ID")
		case titles[c.Title]:
			add(c, "another cause has the same title")
		case !validSource.MatchString(c.Source):
			add(c, "source %q is neither a page nor a file with a name in it", c.Source)
		case !validSince.MatchString(c.Since):
			add(c, "since %q is neither a Go release nor a module with a version", c.Since)
		case !validLint.MatchString(c.Lint):
			add(c, "lint %q is neither a checker nor a pass of go vet", c.Lint)
		case c.Match == nil:
			add(c, "it matches nothing")
		}
		ids[c.ID], titles[c.Title] = true, true
	}
	return errors.Join(problems...)
}

// checkText returns what is wrong with a text, or "".
func checkText(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return "there is none"
	case n > maxText:
		return fmt.Sprintf("it has %d characters, and there is room for %d", n, maxText)
	case strings.ContainsAny(text, "\n\r\t"):
		return "it is more than one line"
	case strings.HasSuffix(text, ".") || text != strings.TrimSpace(text):
		return "it is not a phrase: no full stop, no space around it"
	}
	return ""
}

func TestCatalogueIsValid(t *testing.T) {
	t.Parallel()
	all := cause.Catalogue()
	assert.Greater(t, len(all), 60)
	for _, id := range []string{"labels", "locked-thread"} {
		note, ok := cause.ByID(id)
		assert.True(t, ok, id)
		all = append(all, note)
	}
	assert.NoError(t, validate(all))
	for i := range all {
		c, ok := cause.ByID(all[i].ID)
		assert.True(t, ok, all[i].ID)
		assert.Equal(t, all[i].Title, c.Title)
	}
	_, ok := cause.ByID("other")
	assert.False(t, ok, "that is what Of makes of an unknown state")
	all[0].ID = "mine"
	assert.NotEqual(t, "mine", cause.Catalogue()[0].ID, "the slice is the caller's")
}

// TestValidate shows that the validator catches what it is there to catch.
func TestValidate(t *testing.T) {
	t.Parallel()
	good := cause.Cause{ID: "chan-send", Title: "blocked", Why: "nobody receives", Fix: "receive", Source: "https://go.dev/ref/spec",
		Since: "go1.0", Match: func(*cause.Look) bool { return true }}
	assert.NoError(t, validate([]cause.Cause{good}))
	for _, tt := range []struct {
		spoil func(*cause.Cause)
		want  string
	}{
		{func(c *cause.Cause) { c.ID = "" }, "the ID is not lower-case words"},
		{func(c *cause.Cause) { c.ID = "Chan_Send" }, "the ID is not lower-case words"},
		{func(c *cause.Cause) { c.Title = " " }, "title: there is none"},
		{func(c *cause.Cause) { c.Why = "" }, "why: there is none"},
		{func(c *cause.Cause) { c.Fix = "receive." }, "fix: it is not a phrase"},
		{func(c *cause.Cause) { c.Fix = "receive\nit" }, "fix: it is more than one line"},
		{func(c *cause.Cause) { c.Why = strings.Repeat("x", 101) }, "why: it has 101 characters"},
		{func(c *cause.Cause) { c.Source = "" }, "source"},
		{func(c *cause.Cause) { c.Source = "a book" }, "source"},
		{func(c *cause.Cause) { c.Since = "1.0" }, "since"},
		{func(c *cause.Cause) { c.Lint = "go vet" }, "lint"},
		{func(c *cause.Cause) { c.Match = nil }, "it matches nothing"},
	} {
		bad := good
		tt.spoil(&bad)
		assert.ErrorContains(t, validate([]cause.Cause{bad}), tt.want)
	}
	second := good
	golden.Words(t, "one ID twice", validate([]cause.Cause{good, second}))
	second.ID = "chan-recv"
	golden.Words(t, "one title twice", validate([]cause.Cause{good, second}))
}

// TestCausesCover holds the catalogue to the ways to get stuck that are known
// to be common. A row may be added, and none may go unseen.
func TestCausesCover(t *testing.T) {
	t.Parallel()
	var have []string
	for _, c := range cause.Catalogue() {
		have = append(have, c.ID)
	}
	want := strings.Fields(`
		afterfunc-blocked busy-loop chan-nil-recv chan-nil-send chan-range chan-recv chan-semaphore chan-send chan-send-full cond-wait conn-read
		ctx-propagate errgroup-limit errgroup-wait exec-copy exec-nowait exec-stdin exec-wait grpc-client grpc-server grpc-stream
		http-body-not-closed http-conn-idle http-handler-stuck http-idle-conn http-roundtrip-stuck http-server http-shutdown http2-client
		httptest-close httptest-server
		io-pipe io-wait iter-pull listener-accept log-after-test mutex-lock once-recursive once-wait os-pipe rw-reader rw-recursive rw-two-writers rw-writer
		select-ctx-never-cancelled select-empty select-no-exit select-single semaphore signal-ctx signal-loop signal-notify singleflight
		sleep-loop sql-db sql-pool-exhausted sql-rows sql-tx stdin syscall ticker-loop ticker-select ticker-stopped time-after-loop
		timer-wait tls-hijack udp-read wg-wait`)
	slices.Sort(have)
	assert.Equal(t, want, have)
}
