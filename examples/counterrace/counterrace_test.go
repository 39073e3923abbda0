package counterrace

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// TestBroken counts many broken links. With the race detector it is silent.
func TestBroken(t *testing.T) {
	leakcheck.Verify(t)
	gone := errors.New("gone")
	links := strings.Split(strings.Repeat("broken good ", 500), " ")[:1000]

	broken := Broken(links, func(link string) error {
		if link == "broken" {
			return gone
		}
		return nil
	})

	assert.Equal(t, 500, broken)
}

func TestBrokenWithoutLinks(t *testing.T) {
	leakcheck.Verify(t)
	assert.Zero(t, Broken(nil, nil), "there is nothing to check")
}
