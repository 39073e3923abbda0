// Package rowsnotclosed looks for a user in a database.
//
// The mistake: the function returns from within the loop over the rows, and
// does not close them. Only a loop that runs to its end closes them by itself.
// The connection does not return to the pool, and a goroutine of package
// database/sql waits until the context ends. With a limit on connections
// (SetMaxOpenConns) the program stands still once enough users have been
// found.
//
// WRONG
//
//	rows, err := db.QueryContext(ctx, "SELECT name, mail FROM users ORDER BY name")
//	if err != nil {
//		return "", err
//	}
//	for rows.Next() {
//		...
//		if strings.HasSuffix(mail, "@"+domain) {
//			return name, nil
//		}
//	}
//
// RIGHT
//
//	rows, err := db.QueryContext(ctx, "SELECT name, mail FROM users ORDER BY name")
//	if err != nil {
//		return "", err
//	}
//	defer rows.Close()
//
// Closing rows twice does no harm, so the defer is right for every way out.
// The linter sqlclosecheck finds rows that are not closed. With a context that
// cannot end, such as context.Background, there is no goroutine, and leakcheck
// finds nothing; db.Stats().InUse counts the connections that have not
// returned.
//
// [FirstWrong] is the first way, [First] the second.
package rowsnotclosed
