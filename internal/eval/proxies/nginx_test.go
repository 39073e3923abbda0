//go:build unix

package proxies

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// patience bounds what a failure takes.
const patience = time.Minute

// findNginx returns the path of nginx, which Debian does not put into the PATH
// of users, or "" where none is installed. In CI that is a failure.
func findNginx(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	require.NotEqual(t, "true", os.Getenv("CI"), "no nginx found: CI has to install nginx-light")
	t.Log("no nginx found: nothing was put behind one; install nginx-light for that")
	return ""
}

// freePort is a port that is free now, and taken by nobody until nginx has it.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}

// startNginx starts nginx with one server for each of the locations' texts, and
// returns their ports.
func startNginx(t *testing.T, nginx string, locations []string) (ports []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nginx") // a short path: it holds the socket of nothing, but of a pid file
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	var config strings.Builder
	fmt.Fprintf(&config, "daemon off; pid %[1]s/pid; error_log %[1]s/error.log; events {}\nhttp {\n access_log off;\n", dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&config, " %s_temp_path %s/%s;\n", kind, dir, kind)
	}
	for _, l := range locations {
		ports = append(ports, freePort(t))
		if upstream, rest, ok := strings.Cut(l, "|"); ok {
			fmt.Fprintf(&config, " %s\n", upstream)
			l = rest
		}
		fmt.Fprintf(&config, " server { listen 127.0.0.1:%s; location / { %s } }\n", ports[len(ports)-1], l)
	}
	config.WriteString("}\n")
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, []byte(config.String()), 0o666))
	cmd := exec.Command(nginx, "-e", filepath.Join(dir, "error.log"), "-p", dir, "-c", file)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Logf("nginx: %s%s", &out, log)
		}
	})
	return ports
}

// get asks for the page until there is a server that answers.
func get(t *testing.T, port, host string) (code int, body string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		r, err := http.NewRequest("GET", "http://127.0.0.1:"+port+"/debug/leaks", nil)
		require.NoError(t, err)
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			require.True(t, time.Now().Before(end), "nginx does not answer: %v", err)
			continue
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(data)
	}
}

// Whatever host the one outside names, also that of the page behind nginx, he is
// not taken for somebody on this machine.
func TestBehindNginx(t *testing.T) {
	nginx := findNginx(t)
	if nginx == "" {
		return
	}
	server := httptest.NewServer(leakhttp.Handler(nil))
	t.Cleanup(server.Close)
	own := server.Listener.Addr().String()
	_, port, err := net.SplitHostPort(own)
	require.NoError(t, err)
	code, body := get(t, port, own)
	require.Equal(t, 200, code, "without nginx it is answered: %s", body)
	setups := []struct{ location, reason string }{
		{"proxy_pass http://" + own + ";", "the plainest setup"},
		{"proxy_pass http://localhost:" + port + ";", "by name"},
		{"proxy_pass http://" + own + "; proxy_set_header Host $host;", "the host that was asked for"},
		{"proxy_pass http://" + own + "; proxy_set_header Host $http_host;", "the host and port that were asked for"},
		{"proxy_http_version 1.1; proxy_pass http://" + own + ";", "a later version of HTTP"},
		{"proxy_http_version 1.1; proxy_pass http://" + own + "; proxy_set_header Host $http_host;", "with the host that was asked for"},
		{"proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://" + own + "; proxy_set_header X-Real-IP $remote_addr;", "a header of proxies"},
		{"upstream app { server " + own + "; keepalive 4; }|proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://app;", "connections that are kept, to a named upstream"},
	}
	var locations []string
	for _, s := range setups {
		locations = append(locations, s.location)
	}
	for i, at := range startNginx(t, nginx, locations) {
		for _, host := range []string{"shop.example", "127.0.0.1:" + at, "localhost", own, "localhost:" + port} {
			code, body := get(t, at, host)
			assert.Equal(t, http.StatusForbidden, code, "%s, Host %s: %s", setups[i].reason, host, setups[i].location)
			assert.NotContains(t, body, "goroutines", "nothing is shown")
		}
	}
}
