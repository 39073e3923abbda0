package blockedsend

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestFirst(t *testing.T) {
	leakcheck.Verify(t)
	get := func(ctx context.Context, mirror string) (string, error) {
		switch mirror {
		case "broken":
			return "", errors.New("broken mirror")
		case "slow":
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "text of " + mirror, nil
	}
	tests := []struct {
		why     string
		mirrors []string
		want    string
		wantErr string
	}{
		{"the first good answer counts", []string{"slow", "broken", "us", "slow"}, "text of us", ""},
		{"every failure is returned", []string{"broken", "broken"}, "", "broken mirror"},
		{"nobody to ask is an error too", nil, "", errNoMirror.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			text, err := First(t.Context(), tt.mirrors, get)
			assert.Equal(t, tt.want, text)
			if tt.wantErr == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.wantErr)
			}
		})
	}
}

// TestFirstWithSeveralAnswers is the leaky test with the fix in place.
func TestFirstWithSeveralAnswers(t *testing.T) {
	leakcheck.Verify(t)
	get := func(context.Context, string) (string, error) { return "text", nil }

	text, err := First(t.Context(), []string{"de", "fr", "us"}, get)

	require.NoError(t, err)
	require.Equal(t, "text", text)
}
