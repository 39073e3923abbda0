package stackparse_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// What the runtime has printed, ParsePlain reads as Parse does: every dump in
// testdata, of every release, that no log has wrapped.
func TestParsePlain(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "dumps", "*", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	plain := 0
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasPrefix(base, "wrap_") || base == "log_prefixed.txt" || base == "test_panic_json.txt" {
			continue
		}
		plain++
		dump, err := os.ReadFile(name)
		require.NoError(t, err)
		want, wantErr := stackparse.Parse(dump)
		got, gotErr := stackparse.ParsePlain(dump)
		assert.Equal(t, want, got, name)
		assert.Equal(t, fmt.Sprint(wantErr), fmt.Sprint(gotErr), name)
	}
	assert.Greater(t, plain, len(names)/2)
}

// What is around lines is not looked for, and names are left as they are.
func TestParsePlainUndressesNothing(t *testing.T) {
	t.Parallel()
	const stack = "goroutine 7 [select]:\nmain.f(0x1)\n\t/src/a&amp;b/main.go:3 +0x1d\n"
	gs, err := stackparse.ParsePlain([]byte(stack))
	require.NoError(t, err)
	require.Len(t, gs, 1)
	assert.Equal(t, "/src/a&amp;b/main.go", gs[0].Frames[0].File, "a folder may have such a name")
	for reason, text := range map[string]string{
		"a prefix":       "web-1  | " + strings.ReplaceAll(strings.TrimSuffix(stack, "\n"), "\n", "\nweb-1  | "),
		"a quoted value": fmt.Sprintf("{\"stack\":%q}\n", stack),
	} {
		gs, err := stackparse.ParsePlain([]byte(text))
		assert.Empty(t, gs, reason)
		assert.Error(t, err, reason)
		gs, _ = stackparse.Parse([]byte(text))
		assert.Len(t, gs, 1, reason)
	}
}

func ExampleParsePlain() {
	buf := make([]byte, 4<<10)
	gs, err := stackparse.ParsePlain(buf[:runtime.Stack(buf, false)])
	fmt.Println(len(gs), gs[0].State, gs[0].ID != 0, err)
	// Output: 1 running true <nil>
}
