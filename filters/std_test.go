package filters_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/filters"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// A server's connection is idle where net/http itself waits, and not where it
// has called a handler or another function of the program.
func TestServerIdle(t *testing.T) {
	t.Parallel()
	for calls, want := range map[string]bool{
		"net.(*conn).Read net/http.(*connReader).Read bufio.(*Reader).Peek net/http.(*conn).serve":                            true,
		"net.(*conn).Read net/http.(*connReader).Read shop.handle net/http.serverHandler.ServeHTTP net/http.(*conn).serve":    false,
		"net/http.(*http2serverConn).serve net/http.(*conn).serve":                                                            true,
		"net/http/internal/http2.(*serverConn).serve net/http.(*conn).serve":                                                  true,
		"shop.onState net/http.(*http2serverConn).serve net/http.(*conn).serve":                                               false,
		"shop.certificate crypto/tls.(*Conn).serverHandshake net/http.(*conn).serve":                                          false,
		"internal/poll.runtime_pollWait net/http/internal/http2.(*serverConn).serve net/http.(*conn).serve shop.handle.func1": false,
	} {
		g := &stackparse.Goroutine{ID: 7, State: "select", Creator: &stackparse.Creator{Func: "net/http.(*Server).Serve"}}
		for fn := range strings.FieldsSeq(calls) {
			g.Frames = append(g.Frames, stackparse.Frame{Func: fn})
		}
		assert.Equal(t, want, filters.Known("net-http/server-idle").Match(g), calls)
	}
}
