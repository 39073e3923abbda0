package rowsnotclosed

import (
	"context"
	"database/sql"
	"strings"
)

// First returns the first user with a mail address of the domain, or
// sql.ErrNoRows.
func First(ctx context.Context, db *sql.DB, domain string) (string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, mail FROM users ORDER BY name")
	if err != nil {
		return "", err
	}
	defer rows.Close()
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
