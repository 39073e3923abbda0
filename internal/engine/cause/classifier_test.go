package cause_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/internal/engine/cause"
	"github.com/leakcheck-go/goroutine/stackparse"
)

func classify(t *testing.T, dump string) []string {
	t.Helper()
	gs, err := stackparse.Parse([]byte(dump))
	require.NoError(t, err)
	c := cause.NewClassifier(gs, nil)
	var ids []string
	for i := range gs {
		ids = append(ids, c.Of(i).ID)
	}
	return ids
}

const (
	reader = `[sync.RWMutex.RLock]:
sync.(*RWMutex).RLock(0xc000010018)
	/usr/local/go/src/sync/rwmutex.go:74
main.read()
	/a.go:1
`
	writer = `[sync.RWMutex.Lock]:
sync.(*RWMutex).Lock(0xc000010018)
	/usr/local/go/src/sync/rwmutex.go:155
main.write()
	/a.go:1
`
	otherWriter = `[sync.RWMutex.Lock]:
sync.(*RWMutex).Lock(0xc000010058)
	/usr/local/go/src/sync/rwmutex.go:155
main.write()
	/a.go:1
`
	holder = `[chan receive]:
main.load(0xc000010018)
	/a.go:1
`
	connWriter = `[select]:
net/http.(*persistConn).writeLoop(0xc000010018)
	/usr/local/go/src/net/http/transport.go:2600
created by net/http.(*Transport).dialConn in goroutine 7
	/usr/local/go/src/net/http/transport.go:1995
`
	connReader = `:
net/http.(*persistConn).readLoop(0xc000010018)
	/usr/local/go/src/net/http/transport.go:2600
created by net/http.(*Transport).dialConn in goroutine 7
	/usr/local/go/src/net/http/transport.go:1994
`
)

func TestClassifier(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		dump   string
		want   []string
		reason string
	}{
		{"goroutine 1 " + reader, []string{"rw-reader"}, "a reader alone"},
		{"goroutine 1 " + reader + "\ngoroutine 2 " + writer, []string{"rw-recursive", "rw-writer"}, "a writer waits for the same lock, and nobody else can be the reader"},
		{"goroutine 1 " + reader + "\ngoroutine 2 " + otherWriter, []string{"rw-reader", "rw-writer"}, "the writer waits for another lock"},
		{"goroutine 1 " + reader + "\ngoroutine 2 " + writer + "\ngoroutine 3 " + holder, []string{"rw-reader", "rw-writer", "chan-recv"},
			"another goroutine has the lock's address, and is the likelier reader"},
		{"goroutine 1 " + connWriter, []string{"http-idle-conn"}, "a connection's writer alone tells nothing"},
		{"goroutine 1 " + connWriter + "\ngoroutine 2 [select]" + connReader, []string{"http-body-not-closed", "http-body-not-closed"}, "the reader waits for the caller"},
		{"goroutine 1 " + connWriter + "\ngoroutine 2 [IO wait]" + connReader, []string{"http-idle-conn", "http-idle-conn"}, "the reader waits for the network"},
	} {
		assert.Equal(t, tt.want, classify(t, tt.dump), tt.reason)
	}
}

// What the runtime adds to a state is not part of it, and a crash shows calls
// of the runtime on top.
func TestHeaders(t *testing.T) {
	t.Parallel()
	for header, reason := range map[string]string{
		"[chan send]":                                  "plain",
		"[chan send (leaked)]":                         "proven",
		"[chan send, 7 minutes]":                       "for minutes",
		"[chan send (durable), synctest bubble 3]":     "in a bubble",
		"[chan send, locked to thread]":                "locked",
		"[chan send] {request: \"42\"}":                "labels of Go 1.27",
		"[chan send labels:{\"request\": \"42\"}]":     "labels of Go 1.26",
		"gp=0xc000002380 m=nil [chan send, 2 minutes]": "in a crash",
	} {
		dump := "goroutine 7 " + header + ":\nruntime.gopark(0x1)\n\t/usr/local/go/src/runtime/proc.go:1\nmain.f()\n\t/a.go:1\n"
		assert.Equal(t, []string{"chan-send"}, classify(t, dump), reason)
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	assert.Empty(t, cause.Notes(&stackparse.Goroutine{}))
	notes := cause.Notes(&stackparse.Goroutine{LockedToThread: true, Labels: []stackparse.Label{{Key: "request", Value: "42"}}})
	require.Len(t, notes, 2)
	assert.Equal(t, "labels", notes[0].ID)
	assert.Equal(t, "locked-thread", notes[1].ID)
}
