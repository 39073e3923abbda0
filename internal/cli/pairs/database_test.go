package pairs

import (
	"context"
	"database/sql/driver"
	"io"
)

// database is a driver whose every query answers with the mirrors.
type database struct{}

func (database) Open(string) (driver.Conn, error)               { return session{}, nil }
func (d database) Connect(context.Context) (driver.Conn, error) { return session{}, nil }

type session struct{}

func (session) Prepare(string) (driver.Stmt, error) { return statement{}, nil }
func (session) Close() error                        { return nil }
func (session) Begin() (driver.Tx, error)           { return transaction{}, nil }
func (session) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	return transaction{}, nil
}

type transaction struct{}

func (transaction) Commit() error   { return nil }
func (transaction) Rollback() error { return nil }

type statement struct{}

func (statement) Close() error                               { return nil }
func (statement) NumInput() int                              { return -1 }
func (statement) Exec([]driver.Value) (driver.Result, error) { return driver.ResultNoRows, nil }
func (statement) Query([]driver.Value) (driver.Rows, error)  { return &rows{left: mirrors}, nil }

type rows struct{ left []string }

func (r *rows) Columns() []string { return []string{"name"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(values []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	values[0], r.left = r.left[0], r.left[1:]
	return nil
}
