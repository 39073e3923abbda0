package rowsnotclosed

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/examples/internal/memdb"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

// open returns a database with three users.
func open(t *testing.T) *sql.DB {
	t.Helper()
	users := &memdb.Table{Columns: []string{"name", "mail"}, Rows: [][]driver.Value{
		{"Ann", "ann@example.com"}, {"Bob", "bob@example.org"}, {"Cid", "cid@example.org"},
	}}
	db := users.Open()
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// TestFirst is the leaky test with the fix in place.
func TestFirst(t *testing.T) {
	program, end := context.WithCancel(context.Background())
	t.Cleanup(end) // after the check
	leakcheck.Verify(t)
	db := open(t)

	name, err := First(program, db, "example.org")

	require.NoError(t, err)
	require.Equal(t, "Bob", name)
	assert.Zero(t, db.Stats().InUse, "the connection is given back")
}

// The pool has one connection, which each call needs.
func TestFirstAgain(t *testing.T) {
	leakcheck.Verify(t)
	db := open(t)
	db.SetMaxOpenConns(1)
	for _, tt := range []struct {
		why, domain, want string
		err               error
	}{
		{"the first of two", "example.org", "Bob", nil},
		{"the only one", "example.com", "Ann", nil},
		{"nobody", "example.net", "", sql.ErrNoRows},
		{"a part of a domain is another domain", "ple.org", "", sql.ErrNoRows},
	} {
		name, err := First(t.Context(), db, tt.domain)
		assert.ErrorIs(t, err, tt.err, tt.why)
		assert.Equal(t, tt.want, name, tt.why)
	}
}

func TestFirstFails(t *testing.T) {
	leakcheck.Verify(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := First(over, open(t), "example.org")
	require.ErrorIs(t, err, context.Canceled)

	users := &memdb.Table{Columns: []string{"name", "mail"}, Rows: [][]driver.Value{{"Dan", nil}}}
	db := users.Open()
	defer db.Close()
	_, err = First(t.Context(), db, "example.org")
	require.ErrorContains(t, err, "mail", "a column that cannot be read")
	assert.Zero(t, db.Stats().InUse, "the rows are closed on this way out too")
}

// With a context that cannot end there is no goroutine to find. The connection
// is kept anyway.
func TestFirstWrongInBackground(t *testing.T) {
	leakcheck.Verify(t)
	db := open(t)
	_, err := FirstWrong(context.Background(), db, "example.org")
	require.NoError(t, err)
	assert.Equal(t, 1, db.Stats().InUse)
}
