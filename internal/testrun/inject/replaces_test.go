package inject

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The cover tool reads the files that are there, so it must not see the packages
// that the overlay changes.
func TestReplaces(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]bool{
		"all": true, "std": true, "...": true, "testing": true, "testing/...": true, "runtime/...": true, "test...": true, "internal/...": true,
		"./...": false, "example.com/m/...": false, "fmt": false, "testing/fstest": false, "runtime": false, "": false, "a.*": false, "(": false,
	} {
		assert.Equal(t, want, Replaces(pattern), pattern)
	}
}
