package filters

import (
	"slices"
	"time"
)

// databaseLibraries are clients of databases, and servers that stand in for
// them in tests.
func databaseLibraries() []Entry { return slices.Concat(sqlLibraries(), otherDatabases()) }

// sqlLibraries are drivers of SQL databases.
func sqlLibraries() []Entry {
	return []Entry{
		{
			ID: "pgx/pool", Module: "github.com/jackc/pgx/v5", Class: ClassMissingClose, Since: "v5.12.0",
			Match:  CreatedBy("github.com/jackc/pgx/v5/pgxpool.NewWithConfig"),
			Why:    "keeps a pool's connections healthy until the pool is closed",
			Source: "pgxpool/pool.go: NewWithConfig",
			Fix:    "pool.Close()",
		}, {
			ID: "pgx/async-close", Module: "github.com/jackc/pgx/v5", Class: ClassSlowToStop, Since: "v5.12.0",
			Match: CreatedBy("github.com/jackc/pgx/v5/pgconn.(*PgConn).asyncClose"),
			Why: "tells the server to cancel a query whose context ended, and closes the connection; " +
				"gives up after 15 seconds",
			Source: "pgconn/pgconn.go: asyncClose",
			Fix:    "<-conn.PgConn().CleanupDone() waits for it", Linger: 15 * time.Second,
		}, {
			ID: "pgconn/async-close", Module: "github.com/jackc/pgconn", Class: ClassSlowToStop, Since: "v1.14.3",
			Match: CreatedBy("github.com/jackc/pgconn.(*PgConn).asyncClose"),
			Why: "tells the server to cancel a query whose context ended, and closes the connection; " +
				"gives up after 15 seconds",
			Source: "pgconn.go: asyncClose",
			Fix:    "<-conn.CleanupDone() waits for it", Linger: 15 * time.Second,
		}, {
			ID: "pq/listener", Module: "github.com/lib/pq", Class: ClassMissingClose, Since: "v1.12.3",
			Match: Any(CreatedBy("github.com/lib/pq.NewDialListener"),
				CreatedBy("github.com/lib/pq.newDialListenerConn")),
			Why:    "reads notifications, and reconnects, until the listener is closed",
			Source: "notify.go: NewDialListener, newDialListenerConn",
			Fix:    "listener.Close()",
		}, {
			ID: "pq/cancel", Module: "github.com/lib/pq", Class: ClassMissingClose, Since: "v1.12.3",
			Match: Any(CreatedBy("github.com/lib/pq.(*conn).watchCancel"),
				CreatedBy("github.com/lib/pq.(*stmt).watchCancel")),
			Why:    "waits for the end of a query, or of its context, to cancel it at the server",
			Source: "conn_go18.go: watchCancel",
			Fix:    "end the query: cancel its context, or rows.Close()",
		}, {
			ID: "mysql/watcher", Module: "github.com/go-sql-driver/mysql", Class: ClassMissingClose, Since: "v1.10.1",
			Match:  CreatedBy("github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher"),
			Why:    "watches the contexts of a connection's queries until the connection is closed",
			Source: "connection.go: startWatcher",
			Fix:    "db.Close()",
		}, {
			ID: "sqlite/interrupt", Module: "modernc.org/sqlite", Class: ClassMissingClose, Since: "v1.62.0",
			Match:  CreatedBy("modernc.org/sqlite.interruptOnDone"),
			Why:    "waits for the end of a statement, or of its context, to interrupt it",
			Source: "sqlite.go: interruptOnDone",
			Fix:    "end the statement: cancel its context",
		},
	}
}

// otherDatabases are clients of other databases.
func otherDatabases() []Entry {
	return []Entry{
		{
			ID: "miniredis/server", Module: "github.com/alicebob/miniredis/v2", Class: ClassMissingClose, Since: "v2.40.0",
			Match: Any(CreatedBy("github.com/alicebob/miniredis/v2/server.newServer"),
				CreatedBy("github.com/alicebob/miniredis/v2/server.(*Server).ServeConn"),
				CreatedBy("github.com/alicebob/miniredis/v2/server.(*Server).servePeer"),
				CreatedBy("github.com/alicebob/miniredis/v2.(*Miniredis).subscribedState")),
			Why:    "accepts and serves connections of a test server until it is closed",
			Source: "server/server.go: newServer, ServeConn, servePeer; miniredis.go: subscribedState",
			Fix:    "server.Close(), or start it with miniredis.RunT(t)",
		}, {
			ID: "go-redis/pubsub", Module: "github.com/redis/go-redis/v9", Class: ClassMissingClose, Since: "v9.23.0",
			Match: Any(CreatedBy("github.com/redis/go-redis/v9.(*channel).initHealthCheck"),
				CreatedBy("github.com/redis/go-redis/v9.(*channel).initMsgChan"),
				CreatedBy("github.com/redis/go-redis/v9.(*channel).initAllChan")),
			Why:    "receives the messages of a subscription, and pings its server, until it is closed",
			Source: "pubsub.go: initHealthCheck, initMsgChan, initAllChan",
			Fix:    "pubsub.Close()",
		}, {
			ID: "go-redis/breakers", Module: "github.com/redis/go-redis/v9", Class: ClassMissingClose, Since: "v9.23.0",
			Match:  CreatedBy("github.com/redis/go-redis/v9/maintnotifications.newCircuitBreakerManager"),
			Why:    "forgets unused circuit breakers of a client every 5 minutes until the client is closed",
			Source: "maintnotifications/circuit_breaker.go: newCircuitBreakerManager",
			Fix:    "client.Close()",
		}, {
			ID: "mongo/topology", Module: "go.mongodb.org/mongo-driver/v2", Class: ClassMissingClose, Since: "v2.10.0",
			Match: Any(CreatedBy("go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology.(*Server).Connect"),
				CreatedBy("go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology.newPool"),
				CreatedBy("go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology.(*rttMonitor).connect")),
			Why:    "watches the servers and keeps the connections of a client until it is disconnected",
			Source: "x/mongo/driver/topology/server.go: Connect; pool.go: newPool; rtt_monitor.go: connect",
			Fix:    "client.Disconnect(ctx)",
		}, {
			ID: "mongo/topology-v1", Module: "go.mongodb.org/mongo-driver", Class: ClassMissingClose, Since: "v1.17.10",
			Match: Any(CreatedBy("go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*Server).Connect"),
				CreatedBy("go.mongodb.org/mongo-driver/x/mongo/driver/topology.newPool"),
				CreatedBy("go.mongodb.org/mongo-driver/x/mongo/driver/topology.(*rttMonitor).connect")),
			Why:    "watches the servers and keeps the connections of a client until it is disconnected",
			Source: "x/mongo/driver/topology/server.go: Connect; pool.go: newPool; rtt_monitor.go: connect",
			Fix:    "client.Disconnect(ctx)",
		},
	}
}
