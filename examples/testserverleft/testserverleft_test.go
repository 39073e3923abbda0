package testserverleft

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestServe is the leaky test with the fix in place.
func TestServe(t *testing.T) {
	leakcheck.Verify(t)
	url := Serve(t, "well")

	resp, err := http.Get(url)

	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

// The server is there until the cleanups of its test, and no longer.
func TestServeEnds(t *testing.T) {
	leakcheck.Verify(t)
	var url string
	t.Run("its test", func(t *testing.T) {
		t.Cleanup(func() {
			answer, _ := get(url)
			assert.Empty(t, answer, "a cleanup from before the server comes after its end")
		})
		url = Serve(t, "well")
		t.Cleanup(func() {
			answer, err := get(url)
			require.NoError(t, err)
			assert.Equal(t, "well", answer, "a later one may still use it")
		})
	})
	answer, _ := get(url)
	require.Empty(t, answer)
}

func get(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return string(answer), err
}
