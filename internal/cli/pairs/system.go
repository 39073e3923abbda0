package pairs

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync/atomic"
)

func wrongSQLDB() error {
	// The handle has a goroutine of its own until it is closed.
	db, err := sql.Open("pairs", "")
	if err != nil {
		return err
	}
	return db.Ping()
}

func rightSQLDB() error {
	db, err := sql.Open("pairs", "")
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping()
}

func rightSQLRows(ctx context.Context, db *sql.DB) (name string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&name)
	}
	return name, errors.Join(err, rows.Err())
}

func wrongSQLTx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	// On the way of the error the transaction stays open.
	if _, err := load(); err != nil {
		return err
	}
	return tx.Commit()
}

func rightSQLTx(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := load(); err != nil {
		return err
	}
	return tx.Commit()
}

func wrongSQLPoolExhausted(ctx context.Context, db *sql.DB) {
	db.SetMaxOpenConns(1)
	wrongSQLTx(ctx, db)
	// The only connection is held by a transaction that does not end.
	go rightSQLRows(ctx, db)
}

func rightSQLPoolExhausted(ctx context.Context, db *sql.DB) {
	db.SetMaxOpenConns(1)
	rightSQLTx(ctx, db)
	go rightSQLRows(ctx, db)
}

// A tenantContext is a Context that package context did not make.
type tenantContext struct {
	context.Context
	done chan struct{}
}

func (c tenantContext) Done() <-chan struct{} { return c.done }

func wrongCtxPropagate() context.CancelFunc {
	parent := tenantContext{context.Background(), make(chan struct{})}
	// For a foreign parent package context starts a goroutine, which ends with either of the
	// two contexts.
	_, cancel := context.WithCancel(parent)
	return cancel
}

func rightCtxPropagate() {
	parent := tenantContext{context.Background(), make(chan struct{})}
	_, cancel := context.WithCancel(parent)
	defer cancel()
}

func wrongExecCopy(cmd *exec.Cmd) {
	var out bytes.Buffer
	cmd.Stdout = &out
	// The command ends, and leaves a process behind that can still write.
	go cmd.Run()
}

func rightExecCopy(cmd *exec.Cmd) {
	var out bytes.Buffer
	cmd.Stdout = &out
	cmd.WaitDelay = 1
	go cmd.Run()
}

func wrongExecStdin() {
	r, w := io.Pipe()
	cmd := exec.Command("cat")
	cmd.Stdin = r
	// The command waits for the end of its input, which does not come.
	go cmd.Run()
	fmt.Fprint(w, "hello")
}

func rightExecStdin() {
	r, w := io.Pipe()
	defer w.Close()
	cmd := exec.Command("cat")
	cmd.Stdin = r
	go cmd.Run()
	fmt.Fprint(w, "hello")
}

func wrongExecWait(input *os.File) {
	cmd := exec.Command("cat")
	cmd.Stdin = input
	// The command does not end by itself.
	go cmd.Run()
}

func rightExecWait(input *os.File) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, "cat")
	cmd.Stdin = input
	go cmd.Run()
}

// The goroutine of package os/signal is no leak, and there is nothing to fix.
func wrongSignalLoop() { rightSignalLoop() }

func rightSignalLoop() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
}

func wrongSignalNotify() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	// Stop does not close the channel.
	defer signal.Stop(signals)
	go func() {
		for s := range signals {
			println(s.String())
		}
	}()
}

func rightSignalNotify() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	go func() {
		for {
			select {
			case s := <-signals:
				println(s.String())
			case <-ctx.Done():
				return
			}
		}
	}()
}

func wrongSignalCtx() context.Context {
	// Nobody calls the second result.
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
	return ctx
}

func rightSignalCtx() {
	_, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
}

func wrongIOPipe() (string, error) {
	r, w := io.Pipe()
	go func() {
		fmt.Fprintln(w, "first")
		fmt.Fprintln(w, "second")
		w.Close()
	}()
	// The reader stops after the first line, and the writer waits for it.
	return bufio.NewReaderSize(r, 16).ReadString('\n')
}

func rightIOPipe() (string, error) {
	r, w := io.Pipe()
	defer r.Close()
	go func() {
		fmt.Fprintln(w, "first")
		fmt.Fprintln(w, "second")
		w.Close()
	}()
	return bufio.NewReaderSize(r, 16).ReadString('\n')
}

func wrongOSPipe() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	// The writing end stays open.
	go io.Copy(io.Discard, r)
	_, err = fmt.Fprint(w, "hello")
	runtime.KeepAlive(r)
	return err
}

func rightOSPipe() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	go io.Copy(io.Discard, r)
	_, err = fmt.Fprint(w, "hello")
	return err
}

func wrongStdin() {
	go func() {
		// Nobody types.
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		println(line)
	}()
}

// input is os.Stdin in main, and what the test likes in a test.
func rightStdin(input io.Reader) {
	go func() {
		bufio.NewReader(input).ReadString('\n')
	}()
}

func wrongBusyLoop() *atomic.Bool {
	var stop atomic.Bool
	go func() {
		// Nobody sets the flag.
		for !stop.Load() {
			runtime.Gosched()
		}
	}()
	return &stop
}

func rightBusyLoop() {
	var stop atomic.Bool
	defer stop.Store(true)
	go func() {
		for !stop.Load() {
			runtime.Gosched()
		}
	}()
}

func wrongLockedThread() {
	frames := make(chan string)
	go func() {
		// It takes a thread with it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		<-frames
	}()
}

func rightLockedThread() {
	frames := make(chan string)
	defer close(frames)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		<-frames
	}()
}

func wrongSyscall(fifo string) {
	// The first to open a FIFO waits for the other end.
	go os.Open(fifo)
}

func rightSyscall(fifo string) error {
	go os.Open(fifo)
	other, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return other.Close()
}

// log is what a program needs of a test.
type log interface{ Log(args ...any) }

func wrongLogAfterTest(t log, answers <-chan string) {
	// The test ends before the answer comes.
	go func() { t.Log(<-answers) }()
}

func rightLogAfterTest(t log, answers <-chan string) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.Log(<-answers)
	}()
	<-done
}
