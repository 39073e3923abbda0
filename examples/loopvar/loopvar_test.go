package loopvar

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/leaky"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func textOf(mirror string) string { return "text of " + mirror }

// TestAsk is the leaky test with the fix in place, and needs no time limit.
func TestAsk(t *testing.T) {
	leakcheck.Verify(t)

	texts, err := Ask(t.Context(), []string{"de", "fr", "us"}, textOf)

	require.NoError(t, err)
	assert.Equal(t, []string{"text of de", "text of fr", "text of us"}, texts)
}

// Who gives up has the answers before the one that did not come. The later ones
// have room, and nobody waits to send them.
func TestAskGivesUp(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := make(chan struct{})
	defer close(slow)

	texts, err := Ask(ctx, []string{"slow", "us"}, func(mirror string) string {
		if mirror == "slow" {
			cancel()
			<-slow
		}
		return textOf(mirror)
	})

	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, texts)
}

// With a single mirror the wrong way works, which is why tests miss it.
func TestAskWrongOfOne(t *testing.T) {
	leakcheck.Verify(t)
	texts, err := AskWrong(t.Context(), []string{"us"}, textOf)
	require.NoError(t, err)
	assert.Equal(t, []string{"text of us"}, texts)
}

// The build line is all that makes the difference.
func TestSameCode(t *testing.T) {
	t.Parallel()
	code := func(file string) string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, code, ok := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "(ctx ")
		require.True(t, ok, file)
		lines := strings.Split(code, "\n")
		for i, line := range lines {
			lines[i] = leaky.Unmarked(line)
		}
		return strings.Join(lines, "\n")
	}
	assert.Equal(t, code("right.go"), code("wrong.go"))
}

// What go vet finds is the go statement at the end of a loop, in an old file.
func TestVet(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "testdata/old.go:11:9: loop variable name captured by func literal\n", leaky.Vet(t, "testdata/old.go"))
	assert.Empty(t, leaky.Vet(t, "testdata/new.go"), "the same code without the line")
}
