package leakhttp

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
	"github.com/leakcheck-go/goroutine/internal/service/live"
)

func TestShortened(t *testing.T) {
	t.Parallel()
	v := &live.Survey{Report: &report.Report{Kind: report.Dumped, Findings: make([]report.Finding, 25), Notes: []string{"one"}}}
	w := httptest.NewRecorder()
	formats["text"](w, v, request{})
	assert.Regexp(t, `note: 5 more .*verbose=1`, w.Body.String())
	assert.NotContains(t, w.Body.String(), "LEAKCHECK_VERBOSE", "which is not the reader's to set")
	w = httptest.NewRecorder()
	formats["text"](w, v, request{verbose: true})
	assert.NotContains(t, w.Body.String(), "more kinds")
	assert.Len(t, v.Report.Findings, 25, "the survey is shared, and stays as it is")
	assert.Len(t, v.Report.Notes, 1)
}

func TestFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err          error
		code         int
		retry, reads string
	}{
		{context.DeadlineExceeded, 503, "1", "leakhttp: another request is still being answered; try again\n"},
		{errors.New("profile goroutine: broken"), 500, "", "leakhttp: profile goroutine: broken\n"},
	} {
		w := httptest.NewRecorder()
		fail(w, tt.err)
		assert.Equal(t, tt.code, w.Code)
		assert.Equal(t, tt.retry, w.Header().Get("Retry-After"))
		assert.Equal(t, tt.reads, w.Body.String())
	}
}
