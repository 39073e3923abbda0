// Package pairtest runs pairs of programs, one that leaves goroutines behind
// and one that does not, each in a process of its own, and compares the causes
// that are found with those that are known.
//
// A test binary that uses it calls [Main] in its TestMain, because the
// processes run the same binary again.
package pairtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/internal/engine/source"
	"github.com/leakcheck-go/goroutine/leakcheck"
	"github.com/leakcheck-go/goroutine/stackparse"
)

// Pair is a mistake and its repair.
type Pair struct {
	ID     string // of the cause that Wrong shows
	Wrong  func()
	Right  func() // leaves no goroutine behind
	Shows  string // the causes of all goroutines that Wrong leaves, sorted, with spaces between; "" stands for ID
	Near   string // ID of a cause whose program looks much the same and is not this cause
	Reason string // what tells the two apart
}

// name of the environment variable that says what a process runs.
const name = "LEAKCHECK_PAIR"

// Main runs the program that this process was started for, and ends the
// process. It returns at once in all others.
func Main(pairs []Pair) {
	id, which, ok := strings.Cut(os.Getenv(name), "/")
	if !ok {
		return
	}
	for _, p := range pairs {
		switch {
		case p.ID != id:
		case which == "wrong":
			p.Wrong()
			os.Stdout.Write(settled(p.Want()))
			os.Exit(0)
		default:
			p.Right()
			if err := leakcheck.Find().Err(); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	fmt.Println("no such pair:", id)
	os.Exit(2)
}

const (
	// rest is for how long the goroutines have to show what they should.
	rest = 20 * time.Millisecond
	// most bounds the wait for that. Goroutines that never show it are printed as they
	// are, and the comparison fails.
	most = 10 * time.Second
	// limit bounds a process.
	limit = time.Minute
)

// crashed is the exit code of a process that panicked.
const crashed = 2

// settled returns a dump of all goroutines once they show the causes that they
// should: on a busy machine that takes a while, and one of their child processes
// may have to end first.
func settled(want []string) []byte {
	buf := make([]byte, 1<<20)
	tree := source.Here()
	start := time.Now()
	for since := start; ; time.Sleep(rest / 10) {
		n := runtime.Stack(buf, true)
		now := time.Now()
		if gs, err := others(buf[:n]); err != nil || !slices.Equal(causes(gs, tree), want) {
			since = now
		}
		if now.Sub(since) > rest || now.Sub(start) > most {
			return buf[:n]
		}
	}
}

// others parses a dump and leaves out the main goroutine.
func others(dump []byte) ([]stackparse.Goroutine, error) {
	gs, err := stackparse.Parse(dump)
	return slices.DeleteFunc(gs, func(g stackparse.Goroutine) bool { return g.ID == 1 }), err
}

// Run runs both programs of each pair in parallel subtests of t. What the first
// leaves has the causes it should have and no others, and the second leaves
// nothing.
func Run(t *testing.T, pairs []Pair) {
	for _, p := range pairs {
		t.Run(p.ID, func(t *testing.T) {
			t.Parallel()
			// Without the main goroutine; of one that dies of its mistake, those that the crash shows.
			gs, err := others(run(t, p.ID+"/wrong"))
			require.NoError(t, err)
			assert.Equal(t, p.Want(), causes(gs, source.Here()), "what the wrong program leaves")
			run(t, p.ID+"/right")
		})
	}
}

// run starts this binary again. Its standard input is a pipe that stays open,
// and nothing is collected: a finalizer that closes a file would end a wait.
func run(t *testing.T, what string) []byte {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	temp := t.TempDir() // the program is not there to tidy up when it is over
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$")
	cmd.Env = append(os.Environ(), name+"="+what, "GOGC=off", "GOMEMLIMIT=256MiB", "GODEBUG=tracebacklabels=1",
		"GORACE=atexit_sleep_ms=0", "TMPDIR="+temp, "TMP="+temp)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer input.Close()
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == crashed &&
		strings.HasSuffix(what, "/wrong") {
		if _, stacks, ok := strings.Cut(problems.String(), "\ngoroutine "); ok {
			return []byte("goroutine " + stacks)
		}
	}
	require.NoError(t, err, "%s\n%s%s", what, &out, &problems)
	return out.Bytes()
}

// causes returns the IDs of the causes and notes of goroutines, sorted.
func causes(gs []stackparse.Goroutine, tree *source.Tree) []string {
	c := cause.NewClassifier(gs, tree)
	var ids []string
	for i := range gs {
		ids = append(ids, c.Of(i).ID)
		for _, n := range cause.Notes(&gs[i]) {
			ids = append(ids, n.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Want returns the IDs of the causes of what Wrong should leave, sorted.
func (p Pair) Want() []string {
	if p.Shows == "" {
		return []string{p.ID}
	}
	return strings.Fields(p.Shows)
}
