// Package databases checks the catalogue's entries for clients of databases.
// Its tests look at all goroutines of the process, so none of them is parallel.
package databases

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	_ "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/lib/pq"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	mongov1 "go.mongodb.org/mongo-driver/mongo"
	optionsv1 "go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/leakcheck-go/goroutine/internal/eval/livetest/live"
)

func TestPgxPool(t *testing.T) {
	live.Check(t, "pgx/pool", func(t *testing.T) func() {
		pool, err := pgxpool.New(t.Context(), "postgres://user@"+closed(t)+"/db?sslmode=disable")
		require.NoError(t, err)
		return pool.Close
	})
}

func TestPgxAsyncClose(t *testing.T) {
	server := &postgres{hold: make(chan struct{})}
	address := live.Serve(t, server.talk)
	live.Check(t, "pgx/async-close", func(t *testing.T) func() {
		conn, err := pgx.Connect(t.Context(), "postgres://user@"+address+"/db?sslmode=disable")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = conn.Exec(ctx, "query")
		require.Error(t, err, "the context ends before the answer")
		return func() {
			close(server.hold)
			<-conn.PgConn().CleanupDone()
		}
	})
}

func TestPgconnAsyncClose(t *testing.T) {
	server := &postgres{hold: make(chan struct{})}
	address := live.Serve(t, server.talk)
	live.Check(t, "pgconn/async-close", func(t *testing.T) func() {
		conn, err := pgconn.Connect(t.Context(), "postgres://user@"+address+"/db?sslmode=disable")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err = conn.Exec(ctx, "query").ReadAll()
		require.Error(t, err, "the context ends before the answer")
		return func() {
			close(server.hold)
			<-conn.CleanupDone()
		}
	})
}

func TestPqListener(t *testing.T) {
	live.Check(t, "pq/listener", func(t *testing.T) func() {
		l := pq.NewListener("postgres://user@"+closed(t)+"/db?sslmode=disable", time.Millisecond, time.Millisecond, nil)
		return func() { assert.NoError(t, l.Close()) }
	})
}

func TestPqCancel(t *testing.T) {
	server := &postgres{hold: make(chan struct{})}
	close(server.hold)
	db, err := sql.Open("postgres", "postgres://user@"+live.Serve(t, server.talk)+"/db?sslmode=disable")
	require.NoError(t, err)
	defer db.Close()
	live.Check(t, "pq/cancel", func(t *testing.T) func() {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := db.ExecContext(ctx, "query")
			done <- err
		}()
		return func() {
			cancel()
			assert.Error(t, <-done)
		}
	})
}

func TestMySQL(t *testing.T) {
	live.Check(t, "mysql/watcher", func(t *testing.T) func() {
		db, err := sql.Open("mysql", "user@tcp("+live.Serve(t, mysql)+")/db")
		require.NoError(t, err)
		require.NoError(t, db.Ping())
		return func() { assert.NoError(t, db.Close()) }
	})
}

func TestMiniredis(t *testing.T) {
	live.Check(t, "miniredis/server", func(t *testing.T) func() {
		m := miniredis.NewMiniRedis()
		require.NoError(t, m.Start())
		return m.Close
	})
}

func TestRedisPubSub(t *testing.T) {
	m := miniredis.RunT(t)
	live.Check(t, "go-redis/pubsub", func(t *testing.T) func() {
		client := redis.NewClient(&redis.Options{Addr: m.Addr()})
		sub := client.Subscribe(t.Context(), "channel")
		sub.Channel()
		return func() {
			assert.NoError(t, sub.Close())
			assert.NoError(t, client.Close())
		}
	})
}

func TestRedisBreakers(t *testing.T) {
	m := miniredis.RunT(t)
	live.Check(t, "go-redis/breakers", func(t *testing.T) func() {
		// Made with the client; its first connection drops it if the server
		// does not send such notifications, as this one.
		client := redis.NewClient(&redis.Options{Addr: m.Addr(), Protocol: 3,
			MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeEnabled}})
		return func() { assert.NoError(t, client.Close()) }
	})
}

func TestMongo(t *testing.T) {
	live.Check(t, "mongo/topology", func(t *testing.T) func() {
		client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + closed(t)))
		require.NoError(t, err)
		return func() { assert.NoError(t, client.Disconnect(context.Background())) }
	})
}

func TestMongoV1(t *testing.T) {
	live.Check(t, "mongo/topology-v1", func(t *testing.T) func() {
		client, err := mongov1.Connect(t.Context(), optionsv1.Client().ApplyURI("mongodb://"+closed(t)))
		require.NoError(t, err)
		return func() { assert.NoError(t, client.Disconnect(context.Background())) }
	})
}
