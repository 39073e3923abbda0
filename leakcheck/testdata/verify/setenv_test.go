package verify

import (
	"os"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// A setting in GODEBUG can switch the printing of labels off. The check has to
// switch it on for itself and leave the variable as it was.
func TestSetenv(t *testing.T) {
	t.Setenv("GODEBUG", "http2debug=0")
	t.Cleanup(func() { t.Logf("after the check: GODEBUG=%s", os.Getenv("GODEBUG")) })
	leakcheck.Verify(t)
	startByAnother()
}
