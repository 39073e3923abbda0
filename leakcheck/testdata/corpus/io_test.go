package corpus

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// Compression on one side of a pipe, and its reversal on the other.
func TestIOPipe(t *testing.T) {
	leakcheck.Verify(t)
	text := strings.Repeat("some text ", 10000)
	r, w := io.Pipe()
	go func() {
		z := gzip.NewWriter(w)
		_, err := io.WriteString(z, text)
		if err == nil {
			err = z.Close()
		}
		w.CloseWithError(err)
	}()
	z, err := gzip.NewReader(r)
	require.NoError(t, err)
	got, err := io.ReadAll(z)
	require.NoError(t, err)
	assert.Equal(t, text, string(got))
}

// What a function prints is read while it runs; the reader ends with the writer's end.
func TestOSPipe(t *testing.T) {
	leakcheck.Verify(t)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	got := make(chan string)
	go func() {
		defer r.Close()
		text, err := io.ReadAll(r)
		assert.NoError(t, err)
		got <- string(text)
	}()
	for range 10000 { // more than the pipe holds
		fmt.Fprintln(w, "a line")
	}
	require.NoError(t, w.Close())
	assert.Equal(t, strings.Repeat("a line\n", 10000), <-got)
}

func TestGobStream(t *testing.T) {
	leakcheck.Verify(t)
	r, w := io.Pipe()
	t.Cleanup(func() { r.Close() }) // what unblocks the sender
	go func() {
		for enc, n := gob.NewEncoder(w), 0; ; n++ {
			if err := enc.Encode(map[string]int{"n": n}); err != nil {
				return
			}
		}
	}()
	dec := gob.NewDecoder(r)
	for n := range 20 {
		var m map[string]int
		require.NoError(t, dec.Decode(&m))
		assert.Equal(t, n, m["n"])
	}
}

// play is what the child processes of these tests do.
func play(role string) int {
	switch role {
	case "print":
		fmt.Println("printed")
	case "upper":
		text, _ := io.ReadAll(os.Stdin)
		os.Stdout.Write(bytes.ToUpper(text))
	case "wait":
		fmt.Println("waiting")
		io.Copy(io.Discard, os.Stdin)
	case "grandchild": // leaves a process behind that holds its output open
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FIXTURE_ROLE=linger")
		cmd.Stdout = os.Stdout
		if err := cmd.Start(); err != nil {
			return 1
		}
		fmt.Println("left")
	case "linger":
		time.Sleep(300 * time.Millisecond)
	}
	return 0
}

// child is this binary in another role.
func child(ctx context.Context, role string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "FIXTURE_ROLE="+role)
	return cmd
}

func TestCommandOutput(t *testing.T) {
	leakcheck.Verify(t)
	cmd := child(t.Context(), "print")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	text, err := io.ReadAll(stdout)
	require.NoError(t, err)
	assert.Equal(t, "printed\n", string(text))
	require.NoError(t, cmd.Wait())
}

// The package's goroutines copy what goes in and what comes out.
func TestCommandStdin(t *testing.T) {
	leakcheck.Verify(t)
	cmd := child(t.Context(), "upper")
	cmd.Stdin = strings.NewReader("some text")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run())
	assert.Equal(t, "SOME TEXT", out.String())
}

// A process that would wait forever ends with its context.
func TestCommandCancelled(t *testing.T) {
	leakcheck.Verify(t)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := child(ctx, "wait")
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, len("waiting"))
	_, err = io.ReadFull(stdout, line)
	require.NoError(t, err)
	assert.Equal(t, "waiting", string(line))
	cancel()
	assert.Error(t, cmd.Wait())
}

// The process is over and its child holds the output: WaitDelay gives up on it.
func TestCommandWaitDelay(t *testing.T) {
	leakcheck.Verify(t)
	cmd := child(t.Context(), "grandchild")
	cmd.WaitDelay = 20 * time.Millisecond
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	if err != nil {
		assert.ErrorIs(t, err, exec.ErrWaitDelay)
	}
	if out.Len() > 0 { // on a busy machine the delay is over before anything is read
		assert.Equal(t, "left\n", out.String())
	}
}

// asyncHandler writes records from a goroutine of its own.
type asyncHandler struct {
	slog.Handler
	records chan slog.Record
	done    *sync.WaitGroup
}

func newAsyncHandler(h slog.Handler) *asyncHandler {
	a := &asyncHandler{h, make(chan slog.Record, 16), new(sync.WaitGroup)}
	a.done.Go(func() {
		for r := range a.records {
			a.Handler.Handle(context.Background(), r)
		}
	})
	return a
}

func (a *asyncHandler) Handle(_ context.Context, r slog.Record) error {
	a.records <- r.Clone()
	return nil
}

func (a *asyncHandler) Close() error {
	close(a.records)
	a.done.Wait()
	return nil
}

func TestSlogAsync(t *testing.T) {
	leakcheck.Verify(t)
	var out bytes.Buffer
	h := newAsyncHandler(slog.NewTextHandler(&out, nil))
	log := slog.New(h)
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() { log.Info("job", "n", n) })
	}
	wg.Wait()
	require.NoError(t, h.Close())
	assert.Equal(t, 10, strings.Count(out.String(), "msg=job"))
	assert.Contains(t, out.String(), "n=7")
}
