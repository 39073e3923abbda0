package memdb

import (
	"database/sql/driver"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestTable(t *testing.T) {
	leakcheck.Verify(t)
	table := &Table{Columns: []string{"id", "name"}, Rows: [][]driver.Value{{int64(1), "Ann"}, {int64(2), "Bob"}}}
	db := table.Open()
	defer db.Close()

	rows, err := db.QueryContext(t.Context(), "SELECT id, name FROM users")
	require.NoError(t, err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var id int
		var name string
		require.NoError(t, rows.Scan(&id, &name))
		names = append(names, name)
		assert.Len(t, names, id)
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, []string{"Ann", "Bob"}, names)
	assert.Empty(t, table.Log(), "queries are left out")
}

func TestLog(t *testing.T) {
	leakcheck.Verify(t)
	table := new(Table)
	db := table.Open()
	defer db.Close()
	for _, end := range []string{"COMMIT", "ROLLBACK"} {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = tx.ExecContext(t.Context(), "DELETE FROM users WHERE id = ?", 7)
		require.NoError(t, err)
		if end == "COMMIT" {
			require.NoError(t, tx.Commit())
		}
		_ = tx.Rollback() // after Commit an error
	}
	assert.Equal(t, []string{
		"BEGIN", "DELETE FROM users WHERE id = ? [7]", "COMMIT",
		"BEGIN", "DELETE FROM users WHERE id = ? [7]", "ROLLBACK",
	}, table.Log())
}
