package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCloser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"queue.go": `package queue

import "context"

type Queue struct{ base }

func New(n int) (*Queue, error)                { return nil, nil }
func Open(ctx context.Context) (Conn, error)   { return nil, nil }
func Watch(ctx context.Context)                {}
func Of[T any]() *Box[T]                       { return nil }
func Number() int                              { return 0 }
func (q *Queue) run()                          {}
func (q *Queue) Consumer() *Consumer           { return nil }
`,
		"other.go": `package queue

type base struct{}

func (base) Close() error    { return nil }
func (base) Shutdown() error { return nil }
func (base) Stop()           {}

type Conn interface {
	closer
	Name() string
}
type closer interface{ Release() }

type Consumer struct{ q *Queue }

type Box[T any] struct{ v T }

func (b *Box[T]) Stop() {}
`,
		"queue_test.go": "package queue\n\nfunc (c *Consumer) Close() {}\n",
		"notes.txt":     "func (c *Consumer) Close() {}",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	for _, tt := range []struct {
		fn     string
		want   Closer
		reason string
	}{
		{
			fn: "example.org/queue.New", want: Closer{"queue.Queue", []string{"Close", "Shutdown"}, false},
			reason: "what it returns, and what that embeds; two are enough",
		},
		{
			fn: "example.org/queue.Open", want: Closer{"queue.Conn", []string{"Release"}, true},
			reason: "an interface that embeds another",
		},
		{
			fn: "example.org/queue.Watch", want: Closer{"", nil, true},
			reason: "there is nothing but the context",
		},
		{
			fn: "example.org/queue.Of[...]", want: Closer{"queue.Box", []string{"Stop"}, false},
			reason: "type arguments",
		},
		{
			fn: "example.org/queue.(*Box[...]).Stop", want: Closer{"queue.Box", []string{"Stop"}, false},
			reason: "a receiver with type arguments",
		},
		{
			fn: "example.org/queue.(*Queue).run", want: Closer{"queue.Queue", []string{"Close", "Shutdown"}, false},
			reason: "a method belongs to its receiver",
		},
		{
			fn: "example.org/queue.(*Queue).Consumer", want: Closer{"queue.Queue", []string{"Close", "Shutdown"}, false},
			reason: "what it returns has none: tests and other files do not count",
		},
		{
			fn: "example.org/queue.Number", want: Closer{},
			reason: "a number cannot be closed",
		},
		{
			fn: "example.org/queue.Missing", want: Closer{},
			reason: "not in the source",
		},
		{
			fn: "", want: Closer{},
			reason: "no name",
		},
	} {
		got := (&Tree{}).Closer(tt.fn, filepath.Join(dir, "queue.go"))
		assert.Equal(t, tt.want, got, "%s: %s", tt.fn, tt.reason)
	}
	assert.Zero(t, (&Tree{}).Closer("example.org/queue.New", filepath.Join(dir, "none", "queue.go")), "no such folder")
	assert.Zero(t, (&Tree{}).Closer("example.org/queue.New", "queue.go"), "where the file is is not known")
}

func TestAssigned(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.go")
	require.NoError(t, os.WriteFile(file, []byte(`package shop

func Start() {
	q, err := queue.New(1)
	s.queue, err = queue.New(2)
	_, err = queue.New(3)
	queue.New(4)
	n := 5
	start(func() { p := queue.New(6) })
}
`), 0o600))
	for line, want := range map[int]string{4: "q", 5: "s.queue", 6: "", 7: "", 8: "", 9: "p", 99: ""} {
		assert.Equal(t, want, (&Tree{}).Assigned(file, line), "line %d", line)
	}
	assert.Empty(t, (&Tree{}).Assigned("none.go", 4))
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"github.com/!i!b!m/sarama@v1.61.1": "github.com/IBM/sarama@v1.61.1", "plain": "plain", "end!": "end", "": "",
		"github.com/!data!dog/datadog-go": "github.com/DataDog/datadog-go",
	} {
		assert.Equal(t, want, Unescape(path), path)
	}
}
