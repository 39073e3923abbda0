package corpus

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// counter is a database of one number. The query "wait" takes until its
// context is done, any other returns the number n times.
type counter struct {
	open  atomic.Int32 // connections
	value atomic.Int64
	busy  chan struct{} // gets a value when "wait" begins
}

func (c *counter) Connect(context.Context) (driver.Conn, error) {
	c.open.Add(1)
	return &counterConn{db: c}, nil
}

func (c *counter) Driver() driver.Driver { return nil }

type counterConn struct {
	db      *counter
	pending int64 // added by the transaction that is open
}

func (c *counterConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c *counterConn) Begin() (driver.Tx, error)           { return c, nil }

func (c *counterConn) Close() error {
	c.db.open.Add(-1)
	return nil
}

func (c *counterConn) Commit() error {
	c.db.value.Add(c.pending)
	return c.Rollback()
}

func (c *counterConn) Rollback() error {
	c.pending = 0
	return nil
}

func (c *counterConn) ExecContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Result, error) {
	c.pending += args[0].Value.(int64)
	return driver.RowsAffected(1), nil
}

func (c *counterConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if query == "wait" {
		c.db.busy <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &counterRows{left: args[0].Value.(int64), value: c.db.value.Load()}, nil
}

type counterRows struct{ left, value int64 }

func (r *counterRows) Columns() []string { return []string{"value"} }
func (r *counterRows) Close() error      { return nil }

func (r *counterRows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = r.value
	return nil
}

// openCounter opens a database that a cleanup closes.
func openCounter(t *testing.T) (*sql.DB, *counter) {
	t.Helper()
	c := &counter{busy: make(chan struct{}, 1)}
	db := sql.OpenDB(c)
	t.Cleanup(func() {
		assert.NoError(t, db.Close())
		assert.Eventually(t, func() bool { return c.open.Load() == 0 }, timeout, tick, "connections")
	})
	return db, c
}

// More users than connections, each with its own context.
func TestSQLPool(t *testing.T) {
	leakcheck.Verify(t)
	db, _ := openCounter(t)
	db.SetMaxOpenConns(2)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			rows, err := db.QueryContext(ctx, "read", 5)
			if !assert.NoError(t, err) {
				return
			}
			defer rows.Close()
			assert.True(t, rows.Next(), "one of five rows is read, and the rest left")
		})
	}
	wg.Wait()
}

// A transaction has a goroutine that waits for its context.
func TestSQLTransaction(t *testing.T) {
	leakcheck.Verify(t)
	db, _ := openCounter(t)
	for _, commit := range []bool{true, false, true} {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(t.Context(), "add", 5)
		require.NoError(t, err)
		if commit {
			require.NoError(t, tx.Commit())
		} else {
			require.NoError(t, tx.Rollback())
		}
	}
	var value int
	require.NoError(t, db.QueryRow("read", 1).Scan(&value))
	assert.Equal(t, 10, value)
}

// The context of a query, of rows and of a transaction is cancelled: the
// package's goroutines notice by themselves.
func TestSQLCancelled(t *testing.T) {
	leakcheck.Verify(t)
	db, c := openCounter(t)
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := db.QueryContext(ctx, "read", int64(math.MaxInt64))
	require.NoError(t, err)
	require.True(t, rows.Next())
	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, err := db.QueryContext(ctx, "wait")
		failed <- err
	}()
	<-c.busy
	cancel()
	assert.ErrorIs(t, <-failed, context.Canceled)
	for rows.Next() {
	}
	assert.ErrorIs(t, rows.Err(), context.Canceled)
	assert.Error(t, tx.Commit())
}
