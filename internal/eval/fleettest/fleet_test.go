package fleettest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

// patience bounds what a failure takes; a run that passes waits for none of it.
const patience = 2 * time.Minute

// startService starts an instance and returns its address.
func startService(t *testing.T, kind string) string {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), serviceVariable+"="+kind)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		assert.NoError(t, cmd.Wait(), "a service that was started is stopped")
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// scaled are the alert rules of docs with seconds for quarters of an hour, and
// limits that a test reaches.
func scaled(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(docs, "leakcheck.rules.yml"))
	require.NoError(t, err)
	text := regexp.MustCompile(`for: \d+m`).ReplaceAllString(string(data), "for: 0s")
	text = strings.NewReplacer("[15m]", "[2s]", "[1h]", "[8s]", "offset 15m", "offset 2s", "offset 30m", "offset 4s", ">= 100", ">= 30").Replace(text)
	require.NotRegexp(t, `\[\d+[mh]\]|offset \d+m`, text, "all windows are scaled")
	return text
}

// startPrometheus starts a server that scrapes the instances and returns its
// URL.
func startPrometheus(t *testing.T, instances []string) string {
	t.Helper()
	dir := t.TempDir()
	quoted := make([]string, len(instances))
	for i, in := range instances {
		quoted[i] = fmt.Sprintf("%q", in)
	}
	config := "global: {scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}\nrule_files: [rules.yml]\n" +
		"scrape_configs:\n  - job_name: shop\n    static_configs: [{targets: [" + strings.Join(quoted, ", ") + "]}]\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prom.yml"), []byte(config), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.yml"), []byte(scaled(t)), 0o666))
	// The port is free now, and taken by nobody else until the server has it.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	l.Close()
	log, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	defer log.Close()
	cmd := exec.Command("prometheus", "--config.file="+filepath.Join(dir, "prom.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Signal(os.Interrupt))
		if err := cmd.Wait(); err != nil || t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("prometheus: %v\n%s", err, text)
		}
	})
	return "http://" + address
}

// get returns the body of an answer, or "" if there is none yet.
func get(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return string(data)
}

// firing returns the instances for which an alert fires.
func firing(url, alert string) []string {
	var instances []string
	for _, labels := range alerts(url, alert) {
		instances = append(instances, labels["instance"])
	}
	slices.Sort(instances)
	return instances
}

// alerts returns the labels of the alerts of that name that fire.
func alerts(url, alert string) []map[string]string {
	var answer struct {
		Data struct {
			Alerts []struct {
				State  string
				Labels map[string]string
			}
		}
	}
	_ = json.Unmarshal([]byte(get(url+"/api/v1/alerts")), &answer)
	var all []map[string]string
	for _, a := range answer.Data.Alerts {
		if a.State == "firing" && a.Labels["alertname"] == alert {
			all = append(all, a.Labels)
		}
	}
	return all
}

// Five services, two of which leak: the alert fires for those two, and the
// command asks those two and names the line.
func TestFleet(t *testing.T) {
	t.Parallel()
	command := buildCommand(t)
	var all, leaky []string
	for i, kind := range []string{"healthy", "leaky", "healthy", "leaky", "healthy"} {
		all = append(all, startService(t, kind))
		if kind == "leaky" {
			leaky = append(leaky, all[i])
		}
	}
	slices.Sort(leaky)
	prometheus := startPrometheus(t, all)
	for end := time.Now().Add(patience); !slices.Equal(leaky, firing(prometheus, "GoroutinesGrow")); time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "the alert fires for %v, want %v", firing(prometheus, "GoroutinesGrow"), leaky)
	}

	fleet := exec.Command(command, "fleet", "-prometheus", prometheus, "-window", "8s", "-growth", "30", "-top", "1",
		"-module", "github.com/leakcheck-go/goroutine/internal/eval/fleettest", "-history", filepath.Join(t.TempDir(), "history"))
	var stderr strings.Builder
	fleet.Stderr = &stderr
	text, err := fleet.Output()
	exit, ok := err.(*exec.ExitError)
	require.True(t, ok && exit.ExitCode() == 1, "suspects are exit code 1: %v\n%s%s", err, text, &stderr)
	assert.Empty(t, stderr.String())
	first, _, _ := strings.Cut(string(text), "\n\n") // the summary and the first finding
	assert.Regexp(t, `at +service_test\.go:`+lineOf(t, "// leak")+` .*fleettest\.quote\.func1`, first, "the leaking line is first:\n%s", text)
	assert.Regexp(t, `\(growing: [0-9,]+ more `, first)
	assert.Contains(t, first, "on 2 of 2 instances")
	for _, instance := range leaky {
		assert.Contains(t, string(text), "shop/"+instance)
	}
	for _, instance := range all {
		fetched := get("http://" + instance + "/fetched")
		if slices.Contains(leaky, instance) {
			assert.NotEqual(t, "0", fetched, "%s was asked", instance)
		} else {
			assert.Equal(t, "1", fetched, "%s is healthy, and asked once, to compare with it", instance)
		}
	}
}

func buildCommand(t *testing.T) string {
	t.Helper()
	command, err := modules.Leakcheck(t.Context(), t.TempDir())
	require.NoError(t, err)
	return command
}

// shop has customers that ask all routes of an instance until the test is over.
func shop(t *testing.T, instance string) {
	t.Helper()
	stop := make(chan struct{})
	var customer sync.WaitGroup
	customer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
			get("http://" + instance + "/items")
			get("http://" + instance + "/items/17")
			if resp, err := http.Post("http://"+instance+"/orders", "text/plain", nil); err == nil {
				resp.Body.Close()
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		customer.Wait()
	})
}

// Two shops with three routes, of which one leaks in one shop, in one request of
// 30: the alert names the route, the command the line, and the page both.
func TestRequests(t *testing.T) {
	t.Parallel()
	command := buildCommand(t)
	healthy, leaky := startService(t, "shop"), startService(t, "leaky shop")
	shop(t, healthy)
	shop(t, leaky)
	prometheus := startPrometheus(t, []string{healthy, leaky})
	var fired []map[string]string
	for end := time.Now().Add(patience); len(fired) == 0; time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "no alert: %s", get("http://"+leaky+"/metrics"))
		fired = alerts(prometheus, "RequestsLeakGoroutines")
	}
	for _, labels := range fired {
		assert.Equal(t, "POST /orders", labels["route"])
		assert.Equal(t, leaky, labels["instance"])
	}
	// The suspects are those of the fleet's own question, which takes more growth.
	for end := time.Now().Add(patience); !slices.Contains(firing(prometheus, "GoroutinesGrow"), leaky); time.Sleep(100 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "its goroutines grow")
	}
	fleet := exec.Command(command, "fleet", "-prometheus", prometheus, "-window", "8s", "-growth", "20", "-top", "1",
		"-module", "github.com/leakcheck-go/goroutine/internal/eval/fleettest")
	text, _ := fleet.CombinedOutput()
	first, _, _ := strings.Cut(string(text), "\n\n")
	line := lineOf(t, "// order")
	assert.Regexp(t, `at +service_test\.go:`+line+` .*fleettest\.open\.`, first, "the leaking line is first:\n%s", text)
	assert.Regexp(t, `request +POST /orders`, first, "with the requests that started its goroutines")

	for _, format := range []string{"text", "html"} {
		page := get("http://" + leaky + "/debug/leaks?format=" + format)
		assert.Regexp(t, `POST /orders leaves 0\.0[23]\d? .* at `+
			`(internal/eval/fleettest/)?service_test\.go:`+line, page)
		assert.NotContains(t, page, "/items leaves")
		assert.NotContains(t, get("http://"+healthy+"/debug/leaks?format="+format), " leaves ")
	}
}

// lineOf returns the number of the line of service_test.go that ends with mark.
func lineOf(t *testing.T, mark string) string {
	t.Helper()
	data, err := os.ReadFile("service_test.go")
	require.NoError(t, err)
	for i, line := range strings.Split(string(data), "\n") {
		if strings.HasSuffix(line, mark) {
			return fmt.Sprint(i + 1)
		}
	}
	require.Fail(t, "no line marked "+mark)
	return ""
}
