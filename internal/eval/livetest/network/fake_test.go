package network

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
)

// nats is a server that answers pings.
func nats(conn net.Conn) {
	io.WriteString(conn, `INFO {"server_id":"fake","version":"2.10.0","proto":1,"max_payload":1048576}`+"\r\n")
	for in := bufio.NewScanner(conn); in.Scan(); {
		if strings.HasPrefix(in.Text(), "PING") {
			io.WriteString(conn, "PONG\r\n")
		}
	}
}

// mqtt is a broker that accepts a connection and ignores the rest.
func mqtt(conn net.Conn) {
	if _, err := conn.Read(make([]byte, 1024)); err == nil {
		conn.Write([]byte{0x20, 2, 0, 0}) // CONNACK: accepted
		io.Copy(io.Discard, conn)
	}
}

// dbus is a bus that authenticates everybody by EXTERNAL and says nothing more.
func dbus(conn net.Conn) {
	for in := bufio.NewScanner(conn); in.Scan(); {
		switch line := strings.TrimLeft(in.Text(), "\x00"); {
		case strings.HasPrefix(line, "AUTH EXTERNAL"):
			io.WriteString(conn, "OK 1234deadbeef\r\n")
		case strings.HasPrefix(line, "AUTH"):
			io.WriteString(conn, "REJECTED EXTERNAL\r\n")
		case strings.HasPrefix(line, "NEGOTIATE_UNIX_FD"):
			io.WriteString(conn, "ERROR\r\n")
		}
	}
}

// amqp is a broker of AMQP 0-9-1 that opens and closes connections and
// channels, and takes consumers.
func amqp(conn net.Conn) {
	send := func(channel, class, method uint16, args string) {
		payload := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, class), method)
		payload = append(payload, args...)
		frame := binary.BigEndian.AppendUint16([]byte{1}, channel)
		frame = binary.BigEndian.AppendUint32(frame, uint32(len(payload)))
		conn.Write(append(append(frame, payload...), 0xCE))
	}
	in := bufio.NewReader(conn)
	if _, err := in.Discard(8); err != nil { // "AMQP" 0 0 9 1
		return
	}
	send(0, 10, 10, "\x00\x09"+"\x00\x00\x00\x00"+"\x00\x00\x00\x05PLAIN"+"\x00\x00\x00\x05en_US")
	for {
		head := make([]byte, 7)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(head[3:])+1)
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		if head[0] != 1 { // a heartbeat
			continue
		}
		channel := binary.BigEndian.Uint16(head[1:])
		switch class, method := binary.BigEndian.Uint16(payload), binary.BigEndian.Uint16(payload[2:]); {
		case class == 10 && method == 11: // start-ok
			send(0, 10, 30, "\x00\x00"+"\x00\x02\x00\x00"+"\x00\x3c")
		case class == 10 && method == 40: // open
			send(0, 10, 41, "\x00")
		case class == 10 && method == 50: // close
			send(0, 10, 51, "")
		case class == 20 && method == 10: // channel open
			send(channel, 20, 11, "\x00\x00\x00\x00")
		case class == 60 && method == 20: // consume
			send(channel, 60, 21, "\x01c")
		}
	}
}
