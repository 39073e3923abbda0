//go:build unix

package repocheck_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/leakcheck-go/goroutine/internal/gotest/steady"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// docWorld is where the commands of the documentation are executed: folders with
// what they read, the command, and servers in place of the hosts that they name.
type docWorld struct {
	t   *testing.T
	dir string // testdata/docs.txtar, and "bin"
	env []string

	published []string          // what is added to env where this module comes from a proxy
	words     *strings.Replacer // of the documentation, for what stands in their place
}

// atLatest is how the documentation runs the command without a copy of it. One
// line does that here as well; for all others it is built once.
const atLatest = "go run " + modulePath + "/cmd/leakcheck@latest"

func newDocWorld(t *testing.T) *docWorld {
	t.Helper()
	w := &docWorld{t: t, dir: t.TempDir()}
	root, err := os.Getwd()
	require.NoError(t, err)
	goCommand(t, nil, "build", "-o", w.path("bin/leakcheck"), "./cmd/leakcheck")
	writeFile(t, w.path("bin"), "kubectl", "#!/bin/sh\ncat dump.txt\n")
	require.NoError(t, os.Chmod(w.path("bin/kubectl"), 0o755))

	archive, err := txtar.ParseFile("internal/repocheck/testdata/docs.txtar")
	require.NoError(t, err)
	for _, f := range archive.Files {
		w.write(f.Name, f.Data)
		if rest, ok := strings.CutPrefix(f.Name, "checked/"); ok {
			w.write("reported/"+rest, f.Data) // of executeCI
		}
		if rest, ok := strings.CutPrefix(f.Name, "shop/"); ok {
			w.write("new/"+rest, f.Data)
		}
	}
	for _, dir := range []string{"checked", "reported"} {
		w.write(dir+"/go.mod", fmt.Appendf(nil, "module example.com/shop\n\ngo 1.26.0\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", modulePath, root))
	}
	w.dumps()
	w.serve()
	w.publish()
	w.env = append(steady.Env(), "PATH="+w.path("bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1", "GOWORK=off", "GOFLAGS=-mod=mod",
		"GOPROXY=off", "GOTOOLCHAIN=local", "GITHUB_STEP_SUMMARY="+w.path("summary.md"))
	return w
}

func (w *docWorld) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *docWorld) write(name string, data []byte) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o777))
	require.NoError(w.t, os.WriteFile(w.path(name), data, 0o666))
}

// dumps writes the dumps under all names that they have in the documentation.
func (w *docWorld) dumps() {
	read := func(name string) []byte {
		data, err := os.ReadFile(w.path("shop/" + name))
		require.NoError(w.t, err)
		return data
	}
	before, after := read("before.txt"), read("after.txt")
	for _, name := range []string{"monday.txt", "old-build.txt"} {
		w.write("shop/"+name, before)
	}
	for _, name := range []string{"dump.txt", "friday.txt", "new-build.txt"} {
		w.write("shop/"+name, after)
	}
	recs, err := pprofile.Parse(before)
	require.NoError(w.t, err)
	var profile, packed bytes.Buffer
	require.NoError(w.t, pprofile.Write(&profile, recs))
	for _, name := range []string{"monday.pb.gz", "baseline.pb.gz"} {
		w.write("shop/"+name, profile.Bytes())
	}
	z := gzip.NewWriter(&packed)
	_, err = z.Write(after)
	require.NoError(w.t, err)
	require.NoError(w.t, z.Close())
	for _, name := range []string{"api-1.gz", "api-2.gz"} {
		w.write("shop/dumps/"+name, packed.Bytes())
	}
}

// serve starts a service, whose goroutines are always those of after.txt, and a
// server that answers like a Prometheus to which this service stands out.
func (w *docWorld) serve() {
	service := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/goroutine") {
			http.ServeFile(rw, r, w.path("shop/after.txt"))
		} else {
			http.NotFound(rw, r)
		}
	}))
	w.t.Cleanup(service.Close)
	at, err := url.Parse(service.URL)
	require.NoError(w.t, err)
	prometheus := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		result := ""
		switch query := r.FormValue("query"); {
		case strings.HasPrefix(query, "count("):
			result = `{"metric": {}, "value": [1, "7"]}`
		case strings.Contains(query, "min_over_time"):
			result = fmt.Sprintf(`{"metric": {"job": "api", "instance": %q}, "value": [1, "400"]}`, at.Host)
		}
		fmt.Fprintf(rw, `{"status": "success", "data": {"resultType": "vector", "result": [%s]}}`, result)
	}))
	w.t.Cleanup(prometheus.Close)
	w.words = strings.NewReplacer("http://localhost:6060", service.URL, "http://canary:6060", service.URL, "http://prometheus:9090", prometheus.URL,
		"{host}:6060", "{host}:"+at.Port(), "-interval 10s -for 10m", "-interval 5ms -for 100ms", "-for 10m", "-interval 5ms -for 100ms",
		"${{ runner.temp }}", w.dir)
	targets, err := os.ReadFile(w.path("shop/targets.yml"))
	require.NoError(w.t, err)
	w.write("shop/targets.yml", bytes.ReplaceAll(targets, []byte("HOST"), []byte(at.Host)))
}

// execute runs a line of the documentation and checks what comes out.
func (w *docWorld) execute(t *testing.T, in string, d docLine) {
	lines := d.run
	if lines == nil {
		lines = []string{d.line}
	}
	for _, line := range lines {
		cmd := w.command(in, line)
		out, exit := "", 0
		if strings.HasPrefix(line, "leakcheck watch ") && !strings.Contains(line, " -for ") {
			out, exit = interrupt(t, cmd)
		} else {
			out, exit = finish(t, cmd)
		}
		assert.Equal(t, d.exit, exit, "%s\n%s", line, out)
		assert.Regexp(t, "(?m)"+d.out, out, line)
	}
}

// command is a line for a shell in a folder of the world; "." is the module.
func (w *docWorld) command(in, line string) *exec.Cmd {
	line = w.words.Replace(line)
	dir, env := w.path(in), w.env
	switch in {
	case ".":
		// Nothing changes the module. go doc asks for the whole module graph, of
		// which a build may have downloaded a part.
		dir, env = ".", append(slices.Clip(env), "GOFLAGS=", "GOPROXY="+os.Getenv("GOPROXY"))
	case "new", "migrated":
		env = append(slices.Clip(env), w.published...)
	default:
		line = strings.ReplaceAll(line, atLatest, "leakcheck")
	}
	cmd := exec.Command("bash", "-c", line)
	cmd.Dir, cmd.Env = dir, env
	return cmd
}

// output is what a line prints that succeeds.
func (w *docWorld) output(line string) string {
	w.t.Helper()
	out, exit := finish(w.t, w.command("shop", line))
	require.Zero(w.t, exit, "%s\n%s", line, out)
	return out
}

// finish runs a command to its end.
func finish(t *testing.T, cmd *exec.Cmd) (out string, exit int) {
	t.Helper()
	text, err := cmd.CombinedOutput()
	if !errors.As(err, new(*exec.ExitError)) {
		require.NoError(t, err, cmd)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// interrupt runs a command up to its first line and ends it as Ctrl-C does.
func interrupt(t *testing.T, cmd *exec.Cmd) (out string, exit int) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	require.NoError(t, err, first)
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGINT))
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	_ = cmd.Wait() // the exit code tells
	return first + string(rest), cmd.ProcessState.ExitCode()
}

// publish makes a module proxy, a folder, with one version of this module: its
// sources as they are.
func (w *docWorld) publish() {
	const version = "v0.9.0"
	dir := "proxy/" + modulePath + "/@v/"
	mod, err := os.ReadFile("go.mod")
	require.NoError(w.t, err)
	w.write(dir+"list", []byte(version+"\n"))
	w.write(dir+version+".info", fmt.Appendf(nil, `{"Version": %q}`, version))
	w.write(dir+version+".mod", mod)
	w.write(dir+version+".zip", zipModule(w.t, modulePath+"@"+version+"/"))
	cache := strings.TrimSpace(string(goCommand(w.t, nil, "env", "GOMODCACHE")))
	w.published = []string{"GOPROXY=file://" + w.path("proxy") + ",file://" + cache + "/cache/download", "GOSUMDB=off", "GOMODCACHE=" + w.path("modules"),
		"GOFLAGS=-modcacherw -trimpath"} // with paths the build cache would not know the packages again
}

// zipModule packs the files of this module, except for test data and other modules.
func zipModule(t *testing.T, prefix string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || exists(filepath.Join(path, "go.mod"))) {
				return fs.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := z.Create(prefix + filepath.ToSlash(path))
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return err
	}))
	require.NoError(t, z.Close())
	return b.Bytes()
}

// step is a step of a job on GitHub, or a job on GitLab.
type step struct {
	Run    string
	Script []string
	Env    map[string]string
	Uses   string
	Image  string
}

// executeCI runs what the set-ups for continuous integration run, and checks
// that what they collect is there.
func (w *docWorld) executeCI(t *testing.T) {
	var steps []step
	for _, block := range fenced(page(t, "docs/ci.md"), "yaml") {
		var github []step
		var gitlab map[string]step
		if yaml.Unmarshal([]byte(block), &github) == nil {
			steps = append(steps, github...)
			continue
		}
		require.NoError(t, yaml.Unmarshal([]byte(block), &gitlab), block)
		for _, job := range gitlab {
			steps = append(steps, job)
		}
	}
	var ran []string
	for _, s := range steps {
		require.True(t, s.Run != "" || s.Uses != "" || len(s.Script) > 0, "%+v", s)
		for _, line := range append(s.Script, s.Run) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			in, exit := "shop", 1 // there is a leak
			switch {
			case strings.HasPrefix(line, "go test"):
				in = "reported" // where tests use leakcheck
			case strings.HasPrefix(line, "cat"):
				exit = 0
			}
			cmd := w.command(in, line)
			for name, value := range s.Env {
				cmd.Env = append(slices.Clip(cmd.Env), name+"="+w.words.Replace(value))
			}
			out, got := finish(t, cmd)
			assert.Equal(t, exit, got, "%s\n%s", line, out)
			ran = append(ran, line)
		}
	}
	assert.Len(t, ran, 4)
	for _, name := range []string{"leaks/*/report.json", "leaks/*/goroutines.txt", "shop/leaks.html", "shop/leaks.sarif", "summary.md"} {
		files, err := filepath.Glob(w.path(name))
		require.NoError(t, err)
		assert.Len(t, files, 1, name)
	}
}
