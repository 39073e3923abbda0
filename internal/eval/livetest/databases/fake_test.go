package databases

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

// closed is an address that nobody listens at.
func closed(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// postgres lets everybody in and answers no query. A request to cancel one
// closes the connections of all, as soon as hold is closed.
type postgres struct {
	hold  chan struct{}
	mu    sync.Mutex
	conns []net.Conn
}

func (p *postgres) talk(conn net.Conn) {
	backend := pgproto3.NewBackend(conn, conn)
	message, err := backend.ReceiveStartupMessage()
	_, cancel := message.(*pgproto3.CancelRequest)
	if cancel {
		<-p.hold
	}
	p.mu.Lock()
	if cancel {
		for _, other := range p.conns {
			other.Close()
		}
	}
	p.conns = append(p.conns, conn)
	p.mu.Unlock()
	if _, ok := message.(*pgproto3.StartupMessage); !ok || err != nil {
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for backend.Flush() == nil {
		if _, err := backend.Receive(); err != nil {
			return
		}
	}
}

// mysql greets, lets everybody in and answers OK to whatever comes.
func mysql(conn net.Conn) {
	greeting := "\x0a8.0.0\x00" + // protocol, version
		"\x01\x00\x00\x00" + "12345678\x00" + // connection id, first part of the salt
		"\x00\x82" + "\x21" + "\x02\x00" + "\x08\x00" + "\x15" + // capabilities, charset, status, capabilities, length of the salt
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "123456789012\x00" + "mysql_native_password\x00"
	packet := func(seq byte, payload string) {
		head := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
		head[3] = seq
		io.WriteString(conn, string(head)+payload)
	}
	packet(0, greeting)
	r := bufio.NewReader(conn)
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(r, head); err != nil {
			return
		}
		seq := head[3]
		head[3] = 0
		if _, err := io.CopyN(io.Discard, r, int64(binary.LittleEndian.Uint32(head))); err != nil {
			return
		}
		packet(seq+1, "\x00\x00\x00\x02\x00\x00\x00")
	}
}
