//go:build !go1.27

package network

// http2Entry is the entry for clients of golang.org/x/net/http2, which with
// releases of Go before 1.27 keeps its connections itself.
const http2Entry = "x-net/http2-client"
