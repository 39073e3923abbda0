package cli

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// On a narrow terminal the place of a kind is seen, whatever else is not.
func TestWhat(t *testing.T) {
	t.Parallel()
	const title, at = "keeping an HTTP server connection for the next request", "internal/shop/orders.go:25 example.com/shop.(*Server).Order"
	for _, tt := range []struct {
		room   int
		want   string
		reason string
	}{
		{130, title + " at " + at, "all of it"},
		{90, title + " at internal/shop/orders.go:25", "without the function"},
		{75, title + " at …/orders.go:25", "without folders"},
		{47, "keeping an HTTP server conne… at …/orders.go:25", "with the place whole"},
		{5, "… at …/orders.go:25", "too little room, which clip cuts"},
	} {
		got := what(title, at, tt.room)
		assert.Equal(t, tt.want, got, tt.reason)
		if tt.room > 20 {
			assert.LessOrEqual(t, utf8.RuneCountInString(got), tt.room, tt.reason)
		}
	}
	assert.Equal(t, "sleeping at main.go:7", what("sleeping", "main.go:7", 30))
}
