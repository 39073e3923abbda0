package unsent

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// outbox is a mail server that keeps what it gets. Once closed is closed it may
// be read.
type outbox struct {
	sent   []int
	closed chan struct{}
}

func (o *outbox) Send(number int) { o.sent = append(o.sent, number) }
func (o *outbox) Close()          { close(o.closed) }

// connect returns what opens a connection to o.
func connect(o *outbox) func() Mail {
	o.closed = make(chan struct{})
	return func() Mail { return o }
}

func TestSave(t *testing.T) {
	leakcheck.Verify(t)
	tests := []struct {
		why  string
		err  error
		want []int
	}{
		{"the customer gets the number", nil, []int{7}},
		{"the leaky test's order: no number, no mail", errFull, nil},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			leakcheck.Verify(t)
			var mail outbox
			err := Save(func() (int, error) { return 7, tt.err }, connect(&mail))
			require.ErrorIs(t, err, tt.err)
			<-mail.closed // either way the connection is closed
			assert.Equal(t, tt.want, mail.sent)
		})
	}
}
