package cause

// libraries holds well-known modules whose goroutines name the call that is
// missing.
func libraries() []Cause {
	const grpc = "google.golang.org/grpc"
	return []Cause{
		{
			ID:     "grpc-stream",
			Title:  "watching a gRPC stream",
			Why:    "the stream was neither read to its end nor cancelled",
			Fix:    "call Recv until it returns an error, or cancel the context that the stream was made with",
			Source: "https://pkg.go.dev/google.golang.org/grpc#ClientConn.NewStream",
			Since:  "google.golang.org/grpc v1.30.0",
			Match:  all(state("select"), by(grpc+".newClientStreamWithParams")),
		}, {
			ID:     "grpc-server",
			Title:  "serving gRPC",
			Why:    "neither Stop nor GracefulStop of the grpc.Server was called",
			Fix:    "call srv.GracefulStop() at the end, or defer srv.Stop() in a test",
			Source: "https://pkg.go.dev/google.golang.org/grpc#Server.GracefulStop",
			Since:  "google.golang.org/grpc v1.30.0",
			Match: or(
				under(grpc+".(*Server).Serve"), // whatever listener it was given
				// and no handler
				inside([]string{grpc, "golang.org/x/net/http2"}, grpc+".(*Server).serveStreams*", grpc+".(*Server).serverWorker*"),
				by(grpc+"/internal/transport.NewServerTransport"),
			),
		}, {
			ID:     "grpc-client",
			Title:  "serving a grpc.ClientConn",
			Why:    "the connection was not closed; many of them suggest a new connection for each request",
			Fix:    "share one ClientConn for each target, and defer cc.Close()",
			Source: "https://pkg.go.dev/google.golang.org/grpc#ClientConn.Close",
			Since:  "google.golang.org/grpc v1.30.0",
			Match: by(grpc+"/internal/grpcsync.NewCallbackSerializer", grpc+"/internal/transport.NewHTTP2Client",
				grpc+"/internal/transport.newHTTP2Client*"),
		},
	}
}
