package leakhttp_test

import (
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// A service shows its goroutines on the same machine.
func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/debug/leaks", leakhttp.Handler(nil))
	server := httptest.NewServer(mux) // a service's own port
	defer server.Close()

	results := make(chan int) // nobody receives from it
	go func() { results <- 1 }()

	resp, err := http.Get(server.URL + "/debug/leaks")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "results <- 1") {
			fmt.Print(strings.TrimSpace(line[:strings.Index(line, ":")]))
		}
	}
	<-results
	// Output: at       example_handler_test.go
}

// Who comes from elsewhere needs a password, and who is on the machine does not.
func ExampleLoopback() {
	secret := []byte("from the environment")
	h := leakhttp.Handler(&leakhttp.Options{Authorize: func(r *http.Request) bool {
		_, password, ok := r.BasicAuth()
		return leakhttp.Loopback(r) || ok && subtle.ConstantTimeCompare([]byte(password), secret) == 1
	}})
	r := httptest.NewRequest("GET", "http://staging.example/debug/leaks", nil) // from 192.0.2.1
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 403 leakhttp: request refused: not authorized
}
