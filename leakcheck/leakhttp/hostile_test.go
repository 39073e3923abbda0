package leakhttp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// The name of a file can be anything. In a dump it stays as Go prints it, so that
// the dump can be read back.
func TestHostilePath(t *testing.T) {
	t.Parallel()
	ready, stop := make(chan bool), make(chan struct{})
	defer close(stop)
	go waitInHostileFile(ready, stop)
	<-ready
	h := leakhttp.Handler(&leakhttp.Options{MaxFull: 1 << 20})
	for _, query := range []string{"format=html", "format=text&verbose=1", "format=json", "format=jsonl"} {
		for _, full := range []string{"", "&full=1"} {
			w := get(t, h, query+full)
			body := w.Body.String()
			assert.Equal(t, http.StatusOK, w.Code)
			assert.Contains(t, body, "alert(2)", query)
			assert.NotContains(t, body, "\u2066", query)
			if strings.HasPrefix(query, "format=html") {
				assert.NotContains(t, body, "<img", query)
				assert.Contains(t, body, "&lt;img src=x onerror=alert(2)&gt;")
			}
		}
	}
}

//line <img src=x onerror=alert(2)>⁦.go:1
func waitInHostileFile(ready chan<- bool, stop <-chan struct{}) {
	ready <- true
	<-stop
}
