package testserverleft

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestServeWrong fails: the server waits for the next connection.
func TestServeWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	url := ServeWrong(t, "well")

	resp, err := http.Get(url)

	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}
