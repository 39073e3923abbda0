package leakhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// All requests of a service are marked with the pattern that they match.
func ExampleRequests() {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}", func(_ http.ResponseWriter, r *http.Request) {
		route, _ := pprof.Label(r.Context(), "leakcheck.route")
		fmt.Println(route)
	})
	mux.Handle("GET /debug/leaks", leakhttp.Handler(nil)) // names the requests that leave goroutines behind
	service := leakhttp.Requests(mux, nil)

	service.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "http://localhost/orders/17", nil))
	// Output: POST /orders/{id}
}
