// Package memdb is a driver for database/sql over one table in memory. It knows
// no SQL: every query answers with the whole table, and every other statement is
// written down.
package memdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Table is a table, and the database that it is in.
type Table struct {
	Columns []string
	Rows    [][]driver.Value

	mu  sync.Mutex
	log []string
}

// Open returns a handle of the database. It has to be closed.
func (t *Table) Open() *sql.DB { return sql.OpenDB(connector{t}) }

// Log returns what the database was told to do, queries left out: "BEGIN",
// "COMMIT", "ROLLBACK", and statements with their arguments.
func (t *Table) Log() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.log)
}

func (t *Table) write(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.log = append(t.log, line)
}

type connector struct{ *Table }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return c }
func (c connector) Open(string) (driver.Conn, error)             { return conn(c), nil }

type conn struct{ *Table }

func (c conn) Close() error { return nil }

func (c conn) Prepare(query string) (driver.Stmt, error) { return stmt{c.Table, query}, nil }

// Begin is what driver.Conn wants; database/sql calls BeginTx.
func (c conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c conn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	c.write("BEGIN")
	return tx(c), nil
}

type tx struct{ *Table }

func (t tx) Commit() error   { t.write("COMMIT"); return nil }
func (t tx) Rollback() error { t.write("ROLLBACK"); return nil }

type stmt struct {
	*Table
	query string
}

func (s stmt) Close() error  { return nil }
func (s stmt) NumInput() int { return -1 }

func (s stmt) Exec(args []driver.Value) (driver.Result, error) {
	s.write(fmt.Sprint(s.query, " ", args))
	return driver.RowsAffected(1), nil
}

func (s stmt) Query([]driver.Value) (driver.Rows, error) {
	return &rows{columns: s.Columns, left: s.Rows}, nil
}

type rows struct {
	columns []string
	left    [][]driver.Value
}

func (r *rows) Columns() []string { return r.columns }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(values []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	copy(values, r.left[0])
	r.left = r.left[1:]
	return nil
}
