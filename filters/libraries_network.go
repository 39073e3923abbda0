package filters

import (
	"slices"
	"time"
)

// networkLibraries are clients and servers of the network.
func networkLibraries() []Entry {
	return slices.Concat(rpc(), transports(), messaging(), messageBrokers(), onlineServices())
}

// rpc are clients and servers of requests.
func rpc() []Entry {
	const grpc = "google.golang.org/grpc"
	return []Entry{
		{
			ID: "grpc/server", Module: grpc, Class: ClassMissingClose, Since: "v1.85.0",
			Match: Any(CreatedBy(grpc+".(*Server).Serve"), CreatedBy(grpc+".(*Server).handleRawConn"),
				CreatedBy(grpc+".(*Server).initServerWorkers"), CreatedBy(grpc+".(*Server).serverWorker"),
				CreatedBy(grpc+"/internal/transport.NewServerTransport")),
			Why:    "serves the connections of clients until the server is stopped",
			Source: "server.go: Serve, handleRawConn; internal/transport/http2_server.go: NewServerTransport",
			Fix:    "server.Stop() or server.GracefulStop()",
		}, {
			ID: "grpc/client", Module: grpc, Class: ClassMissingClose, Since: "v1.85.0",
			Match: Any(CreatedBy(grpc+"/internal/grpcsync.NewCallbackSerializer"),
				CreatedBy(grpc+"/internal/transport.NewHTTP2Client"),
				CreatedBy(grpc+".(*addrConn).updateAddrs"), CreatedBy(grpc+".(*acBalancerWrapper).Connect"),
				CreatedBy(grpc+"/internal/resolver/dns.(*dnsBuilder).Build")),
			Why: "keeps a client's connection, its resolver and its balancer until the client is closed " +
				"(up to v1.5x as (*ccBalancerWrapper).watcher and (*ccResolverWrapper).watcher)",
			Source: "internal/grpcsync/callback_serializer.go: NewCallbackSerializer; " +
				"internal/transport/http2_client.go: NewHTTP2Client",
			Fix: "conn.Close() on the grpc.ClientConn",
		}, {
			ID: "x-net/http2-client", Module: "golang.org/x/net", Class: ClassMissingClose, Since: "v0.62.0",
			Match: CreatedBy("golang.org/x/net/http2.(*Transport).newClientConn"),
			Why: "reads a client's HTTP/2 connection, which is kept for later requests; " +
				"from go1.27 on it is one of net/http",
			Source: "http2/transport.go: newClientConn",
			Fix:    "response.Body.Close() after each request, and client.CloseIdleConnections() at the end",
		}, {
			ID: "fasthttp/date", Module: "github.com/valyala/fasthttp", Class: ClassBenign, Since: "v1.78.0",
			Match: CreatedBy("github.com/valyala/fasthttp.updateServerDate"),
			Why: "renews the Date header every second; the first response of the process starts it, and nothing " +
				"stops it",
			Source: "header.go: updateServerDate",
		}, {
			ID: "fasthttp/dialer", Module: "github.com/valyala/fasthttp", Class: ClassBenign, Since: "v1.78.0",
			Match: CreatedBy("github.com/valyala/fasthttp.(*TCPDialer).startTCPAddrsClean"),
			Why: "forgets resolved addresses; ends by itself two minutes after the last dial of a dialer, " +
				"by default the one of the process, and nothing stops it",
			Source: "tcpdialer.go: startTCPAddrsClean",
		}, {
			ID: "fasthttp/workers", Module: "github.com/valyala/fasthttp", Class: ClassSlowToStop, Since: "v1.78.0",
			Match: Any(CreatedBy("github.com/valyala/fasthttp.(*workerPool).Start"),
				All(CreatedBy("github.com/valyala/fasthttp.(*workerPool).getCh"),
					TopFunction("github.com/valyala/fasthttp.(*workerPool).workerFunc"))),
			Why: "waits for a connection, or ends workers that do; it sleeps for MaxIdleWorkerDuration, 10 " +
				"seconds by default, before it sees the end",
			Source: "workerpool.go: (*workerPool).Start, getCh",
			Fix:    "server.Shutdown()", Linger: 10 * time.Second,
		}, {
			ID: "fasthttp/conns", Module: "github.com/valyala/fasthttp", Class: ClassSlowToStop, Since: "v1.78.0",
			Match: Any(CreatedBy("github.com/valyala/fasthttp.(*HostClient).AcquireConn"),
				CreatedBy("github.com/valyala/fasthttp.(*HostClient).queueForIdle"),
				CreatedBy("github.com/valyala/fasthttp.(*HostClient).releaseConn"),
				CreatedBy("github.com/valyala/fasthttp.(*Client).hostClient")),
			Why: "closes idle connections of a client; it sleeps for MaxIdleConnDuration, 10 seconds by default, " +
				"before it sees that there are none",
			Source: "client.go: connsCleaner, mCleaner",
			Fix:    "client.CloseIdleConnections()", Linger: 10 * time.Second,
		},
	}
}

// messaging exchange messages, or are members of a cluster.
func messaging() []Entry {
	return []Entry{
		{
			ID: "memberlist/member", Module: "github.com/hashicorp/memberlist", Class: ClassMissingClose, Since: "v0.7.0",
			Match: Any(CreatedBy("github.com/hashicorp/memberlist.newMemberlist"),
				CreatedBy("github.com/hashicorp/memberlist.NewNetTransport"),
				CreatedBy("github.com/hashicorp/memberlist.(*Memberlist).schedule"),
				CreatedBy("github.com/hashicorp/memberlist.(*Memberlist).streamListen")),
			Why: "listens, probes and gossips for a member until it is shut down; a probe under way ends with " +
				"its timeout",
			Source: "memberlist.go: newMemberlist; state.go: schedule; net_transport.go: NewNetTransport",
			Fix:    "list.Shutdown(), after list.Leave(timeout)",
		}, {
			ID: "raft/node", Module: "github.com/hashicorp/raft", Class: ClassMissingClose, Since: "v1.8.0",
			Match: Any(CreatedBy("github.com/hashicorp/raft.(*raftState).goFunc"),
				CreatedBy("github.com/hashicorp/raft.NewNetworkTransportWithConfig"),
				CreatedBy("github.com/hashicorp/raft.(*Raft).runLeader")),
			Why:    "runs a node, its state machine, its snapshots and its metrics until it is shut down",
			Source: "state.go: goFunc; raft.go: runLeader; net_transport.go: NewNetworkTransportWithConfig",
			Fix:    "raft.Shutdown().Error(), and transport.Close()",
		}, {
			ID: "nats/conn", Module: "github.com/nats-io/nats.go", Class: ClassMissingClose, Since: "v1.55.0",
			Match: Any(CreatedBy("github.com/nats-io/nats%2ego.(*Conn).processConnectInit"),
				CreatedBy("github.com/nats-io/nats%2ego.Options.Connect"),
				CreatedBy("github.com/nats-io/nats%2ego.(*Conn).subscribeLocked"),
				CreatedBy("github.com/nats-io/nats%2ego.(*Conn).processOpErr"),
				CreatedBy("github.com/nats-io/nats%2ego.(*Conn).ForceReconnect"),
				CreatedBy("github.com/nats-io/nats%2ego.(*Conn).connect")),
			Why:    "reads, flushes, reconnects and calls back for a connection until it is closed",
			Source: "nats.go: processConnectInit, Connect, subscribeLocked, processOpErr, connect",
			Fix:    "conn.Close(), or conn.Drain() to handle what is pending first",
		}, {
			ID: "paho/client", Module: "github.com/eclipse/paho.mqtt.golang", Class: ClassMissingClose, Since: "v1.5.1",
			Match: Any(CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.(*client).startCommsWorkers"),
				CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.(*router).matchAndDispatch"),
				CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.startIncoming"),
				CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.startIncomingComms"),
				CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.startOutgoingComms"),
				CreatedBy("github.com/eclipse/paho%2emqtt%2egolang.startComms")),
			Why:    "keeps a client's connection alive and dispatches messages until it is disconnected",
			Source: "client.go: startCommsWorkers; router.go: matchAndDispatch; net.go: startComms",
			Fix:    "client.Disconnect(250)",
		}, {
			ID: "amqp091/conn", Module: "github.com/rabbitmq/amqp091-go", Class: ClassMissingClose, Since: "v1.16.0",
			Match: Any(CreatedBy("github.com/rabbitmq/amqp091-go.Open"),
				CreatedBy("github.com/rabbitmq/amqp091-go.(*Connection).openTune"),
				CreatedBy("github.com/rabbitmq/amqp091-go.(*consumers).add")),
			Why:    "reads a connection, sends its heartbeats and buffers deliveries until the connection is closed",
			Source: "connection.go: Open, openTune; consumers.go: add",
			Fix:    "connection.Close()",
		}, {
			ID: "dbus/conn", Module: "github.com/godbus/dbus/v5", Class: ClassMissingClose, Since: "v5.2.4",
			Match: Any(CreatedBy("github.com/godbus/dbus/v5.(*Conn).Auth"),
				CreatedBy("github.com/godbus/dbus/v5.newConn")),
			Why: "reads a connection to the bus until it is closed; a shared one, as of SystemBus, is never " +
				"closed by its users",
			Source: "auth.go: (*Conn).Auth; conn.go: newConn",
			Fix:    "conn.Close()",
		},
	}
}

// transports carry many streams over one connection.
func transports() []Entry {
	const quic, yamux = "github.com/quic-go/quic-go", "github.com/hashicorp/yamux"
	return []Entry{
		{
			ID: "quic-go/conn", Module: quic, Class: ClassMissingClose, Since: "v0.65.0",
			Match: Any(CreatedBy(quic+".(*Transport).doDial"), CreatedBy(quic+".(*Conn).run"),
				CreatedBy(quic+".(*baseServer).handleInitialImpl")),
			Why: "runs a connection until one of its ends closes it, or it was idle for MaxIdleTimeout, 30 " +
				"seconds by default",
			Source: "transport.go: doDial; connection.go: (*Conn).run; server.go: handleInitialImpl",
			Fix:    "conn.CloseWithError(0, \"\")",
		}, {
			ID: "quic-go/transport", Module: quic, Class: ClassMissingClose, Since: "v0.65.0",
			Match: Any(CreatedBy(quic+".(*Transport).init.func1"), CreatedBy(quic+".newServer"),
				All(CreatedBy("sync.(*WaitGroup).Go"), AnyFunction(quic+".(*baseServer).handleInitialImpl.func*"))),
			Why:    "reads the packets of a Transport or Listener, and accepts connections, until it is closed",
			Source: "transport.go: (*Transport).init; server.go: newServer",
			Fix:    "listener.Close() and conn.CloseWithError(0, \"\"), and transport.Close() for a Transport of your own",
		}, {
			ID: "quic-go/http3", Module: quic, Class: ClassMissingClose, Since: "v0.65.0",
			Match: Any(CreatedBy(quic+"/http3.(*Transport).dial"), CreatedBy(quic+"/http3.(*Transport).dial.func2"),
				CreatedBy(quic+"/http3.(*Transport).getClient"), CreatedBy(quic+"/http3.(*Transport).NewClientConn"),
				CreatedBy(quic+"/http3.(*Transport).NewClientConn.func2"),
				CreatedBy(quic+"/http3.(*rawConn).handleControlStream"), CreatedBy(quic+"/http3.(*Server).serveListener"),
				CreatedBy(quic+"/http3.(*Server).handleConn.func1"),
				All(CreatedBy("sync.(*WaitGroup).Go"), AnyFunction(quic+"/http3.(*Server).handleConn.func1"))),
			Why:    "accepts the streams of an HTTP/3 connection until the client or server is closed",
			Source: "http3/transport.go: dial, NewClientConn; http3/server.go: serveListener, handleConn",
			Fix:    "transport.Close() on the http3.Transport, server.Close() on the http3.Server",
		}, {
			ID: "yamux/session", Module: yamux, Class: ClassMissingClose, Since: "v0.1.2",
			Match: Any(CreatedBy(yamux+".newSession"), CreatedBy(yamux+".(*Session).OpenStream")),
			Why: "sends, receives and keeps alive a session until it is closed; either end closes the connection " +
				"for both",
			Source: "session.go: newSession, OpenStream",
			Fix:    "session.Close()",
		},
	}
}

// onlineServices keep what they fetched from elsewhere.
func onlineServices() []Entry {
	return []Entry{
		{
			ID: "httprc/cache", Module: "github.com/lestrrat-go/httprc", Class: ClassMissingClose, Since: "v1.0.6",
			Match: Any(CreatedBy("github.com/lestrrat-go/httprc.NewFetcher"),
				CreatedBy("github.com/lestrrat-go/httprc.newQueue"),
				CreatedBy("github.com/lestrrat-go/httprc.(*queue).refreshLoop")),
			Why:    "fetches and refreshes the documents of a cache, such as one of jwx, until its context ends",
			Source: "fetcher.go: NewFetcher; queue.go: newQueue",
			Fix:    "cancel the context that the cache was made with",
		}, {
			ID: "certmagic/lock", Module: "github.com/caddyserver/certmagic", Class: ClassSlowToStop, Since: "v0.25.6",
			Match:  CreatedBy("github.com/caddyserver/certmagic.createLockfile"),
			Why:    "renews a lock file; it looks every 5 seconds whether the lock was released",
			Source: "filestorage.go: createLockfile, keepLockfileFresh",
			Fix:    "storage.Unlock(ctx, name)", Linger: 5 * time.Second,
		}, {
			ID: "certmagic/limiter", Module: "github.com/caddyserver/certmagic", Class: ClassMissingClose, Since: "v0.25.6",
			Match:  CreatedBy("github.com/caddyserver/certmagic.NewRateLimiter"),
			Why:    "hands out the permits of a rate limiter until it is stopped",
			Source: "ratelimiter.go: NewRateLimiter",
			Fix:    "limiter.Stop()",
		}, {
			ID: "aws/credentials", Module: "github.com/aws/aws-sdk-go-v2", Class: ClassSlowToStop, Since: "v1.48.0",
			Match: CreatedBy("github.com/aws/aws-sdk-go-v2/internal/sync/singleflight.(*Group).DoChan"),
			Why: "retrieves credentials for all that wait for them; the end of one caller's context leaves it running " +
				"until the provider has answered",
			Source: "aws/credential_cache.go: Retrieve",
			Fix:    "none is needed; a provider that never answers is the leak", Linger: 30 * time.Second,
		},
	}
}
