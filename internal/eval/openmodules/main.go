// Openmodules runs "leakcheck test" over the test suites of well-known open
// modules and prints the table of docs/open-modules.md: what was found, what
// fails for another reason than a leak, and what the checks cost compared with plain
// "go test".
//
//	go run -C internal/eval ./openmodules [-runs N] [-only PATTERN]
//
// It needs git, and a network or a module cache that holds the modules with
// all that their tests import. Each module is copied and committed to a
// repository of its own, so that a file that the command changes is noticed.
// GOTOOLCHAIN chooses the release of Go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

// module is a module and how its tests are run.
type module struct {
	path, version string
	flags         []string // for go test
	packages      []string // patterns; none for all
	why           string   // of the flags, or of the packages
}

// suites are the latest releases when the table was first made.
var suites = []module{
	{path: "github.com/google/go-cmp", version: "v0.7.0"},
	{path: "github.com/spf13/cobra", version: "v1.10.2", flags: []string{"-skip=^TestFail"},
		why: "those panic where root runs them"},
	{path: "github.com/cenkalti/backoff/v5", version: "v5.0.3", flags: []string{"-run=^Test"},
		why: "its examples need a network"},
	{path: "golang.org/x/sync", version: "v0.24.0"},
	{path: "github.com/jackc/puddle/v2", version: "v2.2.3"},
	{path: "github.com/gorilla/websocket", version: "v1.5.3"},
	{path: "github.com/fsnotify/fsnotify", version: "v1.10.1"},
	{path: "github.com/hashicorp/go-retryablehttp", version: "v0.7.8"},
	{path: "github.com/sourcegraph/conc", version: "v0.3.0"},
	{path: "github.com/hashicorp/golang-lru/v2", version: "v2.0.7"},
	{path: "github.com/panjf2000/ants/v2", version: "v2.12.1", flags: []string{"-short"},
		why: "its stress tests take minutes"},
	{path: "github.com/dgraph-io/ristretto/v2", version: "v2.4.2", flags: []string{"-short"},
		why: "its stress tests take minutes"},
	{path: "go.etcd.io/bbolt", version: "v1.5.0", flags: []string{"-short"}, why: "its stress tests take many minutes"},

	// Added later, for what their tests look at and how they are built: checks of
	// their own, thousands of subtests, suites of Ginkgo, C code.
	{path: "github.com/go-chi/chi/v5", version: "v5.5.0"},
	{path: "github.com/robfig/cron/v3", version: "v3.0.1"},
	{path: "github.com/alitto/pond/v2", version: "v2.7.1"},
	{path: "github.com/gin-gonic/gin", version: "v1.12.0"},
	{path: "github.com/rs/zerolog", version: "v1.35.1"},
	{path: "github.com/gobwas/ws", version: "v1.5.0", flags: []string{"-short"}},
	{path: "github.com/mattn/go-sqlite3", version: "v1.14.53", packages: []string{"."}, why: "C code"},
	{path: "github.com/hashicorp/memberlist", version: "v0.7.0", flags: []string{"-short"}},
	{path: "github.com/hashicorp/raft", version: "v1.8.0", flags: []string{"-short", "-run=^Test[A-M]"},
		packages: []string{"."}, why: "all of them take minutes"},
	{path: "github.com/onsi/ginkgo/v2", version: "v2.34.0", packages: []string{
		"./dsl/...", "./formatter", "./internal", "./reporters", "./types"},
		why: "suites of Ginkgo v2"},
	{path: "go.opentelemetry.io/otel/sdk", version: "v1.47.0"},
	{path: "github.com/valyala/fasthttp", version: "v1.78.0", flags: []string{"-short"}},
	{path: "golang.org/x/crypto", version: "v0.59.0", packages: []string{"./ssh/..."}},
	{path: "github.com/google/go-github/v84", version: "v84.0.0", packages: []string{"./github"},
		why: "thousands of parallel tests"},
	{path: "github.com/maypok86/otter/v2", version: "v2.4.0", flags: []string{"-short"}, packages: []string{"."},
		why: "17,000 subtests"},
	{path: "k8s.io/client-go", version: "v0.37.2", packages: []string{
		"./util/workqueue", "./util/retry", "./tools/leaderelection", "./rest"}},
	{path: "google.golang.org/grpc", version: "v1.85.0", packages: []string{
		".", "./internal/transport/...", "./internal/grpcsync", "./resolver/...", "./credentials/...", "./balancer/..."},
		why: "with a check of its own for all goroutines"},

	// Popular ones that start goroutines.
	{path: "go.uber.org/zap", version: "v1.28.0"},
	{path: "go.uber.org/fx", version: "v1.24.0"},
	{path: "github.com/hashicorp/go-plugin", version: "v1.8.0"},
	{path: "github.com/tidwall/buntdb", version: "v1.3.0"},
	{path: "github.com/lestrrat-go/httprc/v3", version: "v3.0.6"},
	{path: "github.com/jonboulle/clockwork", version: "v0.5.0"},
	{path: "github.com/caddyserver/certmagic", version: "v0.25.6", flags: []string{"-short"}},
	{path: "github.com/miekg/dns", version: "v1.1.73", packages: []string{"."}},
	{path: "go.etcd.io/raft/v3", version: "v3.7.0"},
	{path: "github.com/ThreeDotsLabs/watermill", version: "v1.5.1", flags: []string{"-short"}},
	{path: "github.com/nats-io/nats.go", version: "v1.55.0", flags: []string{"-short", "-run=^Test[^J]"},
		packages: []string{".", "./internal/..."}, why: "the others want a server"},
	{path: "github.com/pion/ice/v4", version: "v4.4.9", flags: []string{"-short", "-run=^Test[A-F]"},
		packages: []string{"."}, why: "all of them take minutes"},
	{path: "golang.org/x/net", version: "v0.62.0", packages: []string{"./http2/...", "./nettest/...", "./netutil/..."}},
	{path: "github.com/quic-go/quic-go", version: "v0.65.0", flags: []string{"-short"}, packages: []string{
		"./http3/...", "./internal/...", "./quicvarint", "./testutils/...", "./integrationtests/tools/..."}},
	{path: "github.com/prometheus/client_golang", version: "v1.25.0", flags: []string{"-short"}},
}

func main() { modules.Main("openmodules", run) }

// run prints a row for each module that matches. It names a module that cannot be run
// and goes on with the others.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (ok bool, err error) {
	fs := flag.NewFlagSet("openmodules", flag.ContinueOnError)
	fs.SetOutput(stderr)
	runs := fs.Int("runs", 3, "timed runs of each kind, the median of which counts")
	only := fs.String("only", ".", "modules whose path matches this regular `expression`")
	if err := fs.Parse(args); err != nil {
		return false, err
	}
	pattern, err := regexp.Compile(*only)
	if err != nil || *runs < 1 || fs.NArg() > 0 {
		return false, errors.New("-runs takes a positive number, -only a regular expression; there are no arguments")
	}
	dir, err := os.MkdirTemp("", "openmodules-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	command, err := modules.Leakcheck(ctx, dir)
	if err != nil {
		return false, err
	}
	fmt.Fprint(stdout, head)
	var results []*result
	for i, m := range suites {
		if !pattern.MatchString(m.path) {
			continue
		}
		s := suite{module: m, command: command, dir: filepath.Join(dir, fmt.Sprint(i)), runs: *runs}
		r, err := s.measure(ctx)
		if err != nil {
			fmt.Fprintf(stderr, "openmodules: %s: %v\n", m.path, err)
			continue
		}
		results = append(results, r)
		fmt.Fprint(stdout, r.row(m))
		for _, leak := range r.leaks {
			fmt.Fprintf(stderr, "%s: %s\n", m.path, leak)
		}
	}
	if len(results) > 0 {
		fmt.Fprint(stdout, "\n"+total(results))
	}
	return true, nil
}
