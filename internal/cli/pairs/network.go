package pairs

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

func wrongHTTPIdleConn(url string) error {
	// Each call leaves a pool with a connection behind.
	client := &http.Client{Transport: &http.Transport{}}
	return fetch(client, url)
}

func rightHTTPIdleConn(url string) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	return fetch(client, url)
}

func fetch(client *http.Client, url string) error {
	resp, err := client.Get(url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func wrongHTTP2Client(client *http.Client, url string) error {
	// The client speaks HTTP/2, whose one connection stays open.
	return fetch(client, url)
}

func rightHTTP2Client(client *http.Client, url string) error {
	defer client.CloseIdleConnections()
	return fetch(client, url)
}

func wrongHTTPRoundtripStuck(url string) {
	go func() {
		// The server is silent, and nothing ends the wait.
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
		}
	}()
}

func rightHTTPRoundtripStuck(url string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
	}()
}

func wrongHTTPConnIdle(ln net.Listener) error {
	srv := &http.Server{Handler: http.NotFoundHandler()}
	go srv.Serve(ln)
	// The client neither asks again nor hangs up, and the server lets it.
	return visit(ln.Addr())
}

func rightHTTPConnIdle(ln net.Listener) error {
	srv := &http.Server{Handler: http.NotFoundHandler()}
	go srv.Serve(ln)
	err := visit(ln.Addr())
	srv.Shutdown(context.Background())
	return err
}

func wrongHTTPHandlerStuck(news <-chan string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The handler does not notice that its client is gone.
		fmt.Fprint(w, <-news)
	})
}

func rightHTTPHandlerStuck(news <-chan string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case item := <-news:
			fmt.Fprint(w, item)
		case <-r.Context().Done():
		}
	})
}

func wrongHTTPTestClose(leave func(url string), news <-chan string) {
	srv := httptest.NewServer(wrongHTTPHandlerStuck(news))
	leave(srv.URL)
	// Close waits for a handler that nobody ends.
	go srv.Close()
}

func rightHTTPTestClose(leave func(url string), news <-chan string) {
	srv := httptest.NewServer(rightHTTPHandlerStuck(news))
	leave(srv.URL)
	go srv.Close()
}

func wrongHTTPShutdown(ln net.Listener, leave func(url string), news <-chan string) {
	srv := &http.Server{Handler: wrongHTTPHandlerStuck(news)}
	go srv.Serve(ln)
	leave("http://" + ln.Addr().String())
	// Shutdown waits for a handler as long as its context lasts.
	go srv.Shutdown(context.Background())
}

func rightHTTPShutdown(ln net.Listener, leave func(url string), news <-chan string) {
	srv := &http.Server{Handler: rightHTTPHandlerStuck(news)}
	go srv.Serve(ln)
	leave("http://" + ln.Addr().String())
	go srv.Shutdown(context.Background())
}

func wrongListenerAccept(ln net.Listener) {
	// The listener stays open.
	go accept(ln)
}

func rightListenerAccept(ln net.Listener) {
	defer ln.Close()
	go accept(ln)
}

func accept(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		conn.Close()
	}
}

func wrongConnRead(conn net.Conn) {
	// The peer is silent, and the connection stays open.
	go io.Copy(io.Discard, conn)
}

func rightConnRead(conn net.Conn) {
	defer conn.Close()
	go io.Copy(io.Discard, conn)
}

func wrongUDPRead(conn net.PacketConn) {
	go func() {
		var buf [512]byte
		// Nobody sends a datagram, and the connection stays open.
		conn.ReadFrom(buf[:])
	}()
}

func rightUDPRead(conn net.PacketConn) {
	defer conn.Close()
	go func() {
		var buf [512]byte
		conn.ReadFrom(buf[:])
	}()
}

// chat takes the connection over from the server and reads from it.
func chat(w http.ResponseWriter, taken func(net.Conn)) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	taken(conn)
	var buf [512]byte
	for {
		if _, err := conn.Read(buf[:]); err != nil {
			return
		}
	}
}

func wrongTLSHijack(ln net.Listener) error {
	entered := make(chan net.Conn, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chat(w, func(conn net.Conn) { entered <- conn })
	})}
	go srv.Serve(ln)
	if err := knock(ln.Addr()); err != nil {
		return err
	}
	<-entered
	// Shutdown knows nothing of a connection that was taken over.
	return srv.Shutdown(context.Background())
}

func rightTLSHijack(ln net.Listener) error {
	entered := make(chan net.Conn, 1)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chat(w, func(conn net.Conn) { entered <- conn })
	})}
	go srv.Serve(ln)
	if err := knock(ln.Addr()); err != nil {
		return err
	}
	conn := <-entered
	srv.RegisterOnShutdown(func() { conn.Close() })
	return srv.Shutdown(context.Background())
}

func wrongIOWait(conn net.Conn) {
	go func() {
		for {
			// The peer reads nothing, until the connection is full.
			if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}()
}

func rightIOWait(conn net.Conn) {
	defer conn.Close()
	go func() {
		for {
			if _, err := conn.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}()
}
