//go:build go1.27

package network

// http2Entry is the entry for clients of golang.org/x/net/http2. With this
// release of Go the package hands its connections to net/http, by a build
// constraint of its own.
const http2Entry = "net-http/http2-client"
