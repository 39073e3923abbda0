package rowsnotclosed

import (
	"context"
	"database/sql"
	"strings"
)

// FirstWrong returns the first user with a mail address of the domain, or
// sql.ErrNoRows. It leaks a goroutine and a connection for a user that it finds.
func FirstWrong(ctx context.Context, db *sql.DB, domain string) (string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, mail FROM users ORDER BY name") // want "called: sql-rows"
	if err != nil {
		return "", err
	}
	for rows.Next() {
		var name, mail string
		if err := rows.Scan(&name, &mail); err != nil {
			return "", err
		}
		if strings.HasSuffix(mail, "@"+domain) {
			return name, nil
		}
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	return "", sql.ErrNoRows
}
