package leakhttp

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err          error
		code         int
		retry, reads string
	}{
		{context.DeadlineExceeded, 503, "1", "leakhttp: another look is under way\n"},
		{errors.New("profile goroutine: broken"), 500, "", "leakhttp: profile goroutine: broken\n"},
	} {
		w := httptest.NewRecorder()
		fail(w, tt.err)
		assert.Equal(t, tt.code, w.Code)
		assert.Equal(t, tt.retry, w.Header().Get("Retry-After"))
		assert.Equal(t, tt.reads, w.Body.String())
	}
}
