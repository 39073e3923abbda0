package pullnostop

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// file is an open log. It counts itself in open.
type file struct {
	io.Reader
	open *int
}

func (f file) Close() error { *f.open--; return nil }

// logOf returns a log with that text. How often it is open is counted in open.
func logOf(text string, open *int) Log {
	return Log{func() io.ReadCloser {
		*open++
		return file{strings.NewReader(text), open}
	}}
}

func TestEqual(t *testing.T) {
	leakcheck.Verify(t)
	tests := []struct {
		why, a, b string
		want      bool
	}{
		{"nothing is the same as nothing", "", "", true},
		{"the same lines", "start\nready\n", "start\nready\n", true},
		{"the order counts", "start\nready\n", "ready\nstart\n", false},
		{"the leaky test's logs", "start\nready\n", "start\nno disk\nstop\n", false},
		{"the first is shorter", "start\n", "start\nready\n", false},
		{"the second is shorter", "start\nready\n", "start\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			var open int
			assert.Equal(t, tt.want, Equal(logOf(tt.a, &open).Lines, logOf(tt.b, &open).Lines))
			assert.Zero(t, open, "both are closed again")
		})
	}
}
