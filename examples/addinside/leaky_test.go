package addinside

import (
	"slices"
	"testing"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestSumsWrong fails: the goroutines that should have computed the checksums
// are left behind. All three checksums are missing; that is logged only, since a
// test that has failed by itself is not looked at for leaks.
func TestSumsWrong(t *testing.T) {
	if leaky.Checked(t) {
		return
	}
	leakcheck.Verify(t)
	limit := make(chan struct{}, 1)
	limit <- struct{}{} // somebody else is at work

	sums := SumsWrong(limit, []string{"a", "b", "c"}, func(file string) string { return "sum of " + file })

	got := slices.DeleteFunc(sums, func(sum string) bool { return sum == "" })
	t.Logf("got %d of 3 checksums", len(got))
}
