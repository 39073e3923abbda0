// Package network checks the catalogue's entries for clients and servers of
// the network. Its tests look at all goroutines of the process, so none of
// them is parallel.
package network

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/caddyserver/certmagic"
	paho "github.com/eclipse/paho.mqtt.golang"
	godbus "github.com/godbus/dbus/v5"
	"github.com/hashicorp/memberlist"
	"github.com/hashicorp/raft"
	"github.com/hashicorp/yamux"
	"github.com/lestrrat-go/httprc"
	natsgo "github.com/nats-io/nats.go"
	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
	amqp091 "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

// startGRPC connects a client to a server in this process.
func startGRPC(t *testing.T) (*grpc.Server, *grpc.ClientConn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	go server.Serve(listener)
	client, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	client.Connect()
	for state := client.GetState(); state != connectivity.Ready; state = client.GetState() {
		require.True(t, client.WaitForStateChange(t.Context(), state))
	}
	return server, client
}

func TestGRPCClient(t *testing.T) {
	live.Check(t, "grpc/client", func(t *testing.T) func() {
		server, client := startGRPC(t)
		t.Cleanup(server.Stop)
		return func() { assert.NoError(t, client.Close()) }
	})
}

func TestGRPCServer(t *testing.T) {
	live.Check(t, "grpc/server", func(t *testing.T) func() {
		server, client := startGRPC(t)
		t.Cleanup(func() { client.Close() })
		return server.Stop
	})
}

func TestHTTP2Client(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	live.Check(t, http2Entry, func(t *testing.T) func() {
		transport := &http2.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		response, err := (&http.Client{Transport: transport}).Get(server.URL)
		require.NoError(t, err)
		return func() {
			assert.NoError(t, response.Body.Close())
			transport.CloseIdleConnections()
		}
	})
}

func fastServer(t *testing.T) (*fasthttp.Server, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &fasthttp.Server{Handler: func(*fasthttp.RequestCtx) {}, MaxIdleWorkerDuration: 50 * time.Millisecond}
	go server.Serve(listener)
	return server, "http://" + listener.Addr().String()
}

func fastGet(t *testing.T, client *fasthttp.Client, url string) {
	t.Helper()
	_, _, err := client.Get(nil, url)
	require.NoError(t, err)
}

func TestFasthttpDate(t *testing.T) {
	live.Check(t, "fasthttp/date", func(t *testing.T) func() {
		server, url := fastServer(t)
		client := &fasthttp.Client{MaxIdleConnDuration: 10 * time.Millisecond}
		fastGet(t, client, url)
		client.CloseIdleConnections()
		require.NoError(t, server.Shutdown())
		return nil
	})
}

func TestFasthttpWorkers(t *testing.T) {
	live.Check(t, "fasthttp/workers", func(t *testing.T) func() {
		server, url := fastServer(t)
		client := &fasthttp.Client{MaxIdleConnDuration: 10 * time.Millisecond}
		fastGet(t, client, url)
		return func() {
			client.CloseIdleConnections()
			assert.NoError(t, server.Shutdown())
		}
	})
}

func TestFasthttpConns(t *testing.T) {
	server, url := fastServer(t)
	live.Check(t, "fasthttp/conns", func(t *testing.T) func() {
		client := &fasthttp.Client{MaxIdleConnDuration: 100 * time.Millisecond}
		fastGet(t, client, url)
		return func() {
			client.CloseIdleConnections()
			assert.NoError(t, server.Shutdown())
		}
	})
}

func TestFasthttpDialer(t *testing.T) {
	live.Check(t, "fasthttp/dialer", func(t *testing.T) func() {
		server, url := fastServer(t)
		client := &fasthttp.Client{MaxIdleConnDuration: 10 * time.Millisecond}
		fastGet(t, client, url)
		client.CloseIdleConnections()
		require.NoError(t, server.Shutdown())
		return nil
	})
}

func TestMemberlist(t *testing.T) {
	live.Check(t, "memberlist/member", func(t *testing.T) func() {
		config := memberlist.DefaultLocalConfig()
		config.BindAddr, config.BindPort = "127.0.0.1", 0
		config.LogOutput = io.Discard
		m, err := memberlist.Create(config)
		require.NoError(t, err)
		return func() { assert.NoError(t, m.Shutdown()) }
	})
}

// machine is a state machine without state.
type machine struct{}

func (machine) Apply(*raft.Log) any                  { return nil }
func (machine) Snapshot() (raft.FSMSnapshot, error)  { return nil, io.EOF }
func (machine) Restore(snapshot io.ReadCloser) error { return snapshot.Close() }

func TestRaft(t *testing.T) {
	live.Check(t, "raft/node", func(t *testing.T) func() {
		config := raft.DefaultConfig()
		config.LocalID, config.LogOutput = "node", io.Discard
		store := raft.NewInmemStore()
		_, transport := raft.NewInmemTransport("")
		r, err := raft.NewRaft(config, machine{}, store, store, raft.NewInmemSnapshotStore(), transport)
		require.NoError(t, err)
		return func() { assert.NoError(t, r.Shutdown().Error()) }
	})
}

func TestNATS(t *testing.T) {
	live.Check(t, "nats/conn", func(t *testing.T) func() {
		conn, err := natsgo.Connect("nats://" + live.Serve(t, nats))
		require.NoError(t, err)
		_, err = conn.Subscribe("subject", func(*natsgo.Msg) {})
		require.NoError(t, err)
		return conn.Close
	})
}

func TestPaho(t *testing.T) {
	live.Check(t, "paho/client", func(t *testing.T) func() {
		client := paho.NewClient(paho.NewClientOptions().AddBroker("tcp://" + live.Serve(t, mqtt)))
		token := client.Connect()
		token.Wait()
		require.NoError(t, token.Error())
		return func() { client.Disconnect(1) }
	})
}

func TestAMQP(t *testing.T) {
	live.Check(t, "amqp091/conn", func(t *testing.T) func() {
		conn, err := amqp091.Dial("amqp://guest:guest@" + live.Serve(t, amqp) + "/")
		require.NoError(t, err)
		channel, err := conn.Channel()
		require.NoError(t, err)
		_, err = channel.Consume("queue", "c", true, false, false, false, nil)
		require.NoError(t, err)
		return func() { assert.NoError(t, conn.Close()) }
	})
}

func TestDBus(t *testing.T) {
	live.Check(t, "dbus/conn", func(t *testing.T) func() {
		transport, err := net.Dial("tcp", live.Serve(t, dbus))
		require.NoError(t, err)
		conn, err := godbus.NewConn(transport)
		require.NoError(t, err)
		require.NoError(t, conn.Auth([]godbus.Auth{godbus.AuthExternal("0")}))
		return func() { assert.NoError(t, conn.Close()) }
	})
}

func TestHTTPRC(t *testing.T) {
	live.Check(t, "httprc/cache", func(t *testing.T) func() {
		ctx, cancel := context.WithCancel(t.Context())
		httprc.NewCache(ctx)
		return cancel
	})
}

func TestYamux(t *testing.T) {
	live.Check(t, "yamux/session", func(t *testing.T) func() {
		near, far := net.Pipe()
		client, err := yamux.Client(near, nil)
		require.NoError(t, err)
		server, err := yamux.Server(far, nil)
		require.NoError(t, err)
		_, err = client.Open()
		require.NoError(t, err)
		return func() {
			assert.NoError(t, client.Close())
			assert.NoError(t, server.Close())
		}
	})
}

// listenQUIC returns the address of a server in this process that accepts
// connections and leaves them alone.
func listenQUIC(t *testing.T) (listener *quic.Listener, client *tls.Config) {
	t.Helper()
	web := httptest.NewUnstartedServer(nil) // has a certificate
	web.StartTLS()
	config, roots := web.TLS.Clone(), web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	web.Close()
	config.NextProtos = []string{"leak"}
	listener, err := quic.ListenAddr("127.0.0.1:0", config, nil)
	require.NoError(t, err)
	return listener, &tls.Config{RootCAs: roots, ServerName: "example.com", NextProtos: config.NextProtos}
}

func TestQUICConn(t *testing.T) {
	listener, config := listenQUIC(t)
	live.Check(t, "quic-go/conn", func(t *testing.T) func() {
		conn, err := quic.DialAddr(t.Context(), listener.Addr().String(), config, nil)
		require.NoError(t, err)
		return func() { assert.NoError(t, conn.CloseWithError(0, "")) }
	})
	require.NoError(t, listener.Close())
}

func TestQUICTransport(t *testing.T) {
	live.Check(t, "quic-go/transport", func(t *testing.T) func() {
		listener, config := listenQUIC(t)
		conn, err := quic.DialAddr(t.Context(), listener.Addr().String(), config, nil)
		require.NoError(t, err)
		return func() {
			assert.NoError(t, conn.CloseWithError(0, ""))
			assert.NoError(t, listener.Close())
		}
	})
}

func TestHTTP3(t *testing.T) {
	web := httptest.NewUnstartedServer(nil) // has a certificate
	web.StartTLS()
	config, roots := web.TLS.Clone(), web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	web.Close()
	live.Check(t, "quic-go/http3", func(t *testing.T) func() {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		server := &http3.Server{TLSConfig: http3.ConfigureTLSConfig(config), Handler: http.NotFoundHandler()}
		done := make(chan error, 1)
		go func() { done <- server.Serve(packets) }()
		transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+packets.LocalAddr().String(), nil)
		require.NoError(t, err)
		response, err := transport.RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return func() {
			assert.NoError(t, transport.Close())
			assert.NoError(t, server.Close())
			assert.ErrorIs(t, <-done, http.ErrServerClosed)
			assert.NoError(t, packets.Close())
		}
	})
}

func TestCertmagicLock(t *testing.T) {
	live.Check(t, "certmagic/lock", func(t *testing.T) func() {
		storage := &certmagic.FileStorage{Path: t.TempDir()}
		require.NoError(t, storage.Lock(t.Context(), "name"))
		return func() { assert.NoError(t, storage.Unlock(context.Background(), "name")) }
	})
}

func TestCertmagicLimiter(t *testing.T) {
	live.Check(t, "certmagic/limiter", func(*testing.T) func() {
		return certmagic.NewRateLimiter(1, time.Minute).Stop
	})
}

func TestAWSCredentials(t *testing.T) {
	live.Check(t, "aws/credentials", func(t *testing.T) func() {
		release := make(chan struct{})
		cache := aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			<-release
			return aws.Credentials{}, nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := cache.Retrieve(ctx)
		require.Error(t, err)
		return func() { close(release) }
	})
}
