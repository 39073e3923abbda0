//go:build linux || darwin

package resource

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

func kindOf(mode uint32) Kind {
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG, syscall.S_IFLNK:
		return File
	case syscall.S_IFDIR:
		return Directory
	case syscall.S_IFSOCK:
		return Socket
	case syscall.S_IFIFO:
		return Pipe
	case syscall.S_IFCHR, syscall.S_IFBLK:
		return Device
	}
	return Descriptor
}

// Describe says in words what things are and what they lead to. all are the
// descriptors of the process, and its child processes, where known.
func Describe(things []Thing, all Set) {
	var ends []Thing // of sockets in this process, looked up for the first socket
	var closed map[uint64]bool
	for i := range things {
		t := &things[i]
		switch t.Kind {
		case File, Directory, Device:
			t.What = describeFile(t)
		case Pipe:
			describePipe(t, all)
		case Socket:
			// Asking for the addresses of all sockets takes calls of the system for each.
			if ends == nil {
				ends, closed = sockets(all), closedByPeer()
			}
			describeSocket(t, ends)
			if closed[t.Serial] {
				t.Leads = strings.TrimPrefix(t.Leads+"; the other side has closed it", "; ")
			}
		case Descriptor:
			t.What = "an object of the kernel, " + t.Name
		}
	}
}

func describeFile(t *Thing) string {
	// Linux says so at the end of the link.
	path, gone := strings.CutSuffix(t.Path, " (deleted)")
	t.Path = path
	what := "the " + string(t.Kind)
	if path != "" {
		what += " " + path
	}
	switch {
	case t.Kind == Directory:
	case access(t.Number) == syscall.O_WRONLY:
		what += ", open for writing"
	case access(t.Number) == syscall.O_RDWR:
		what += ", open for reading and writing"
	}
	if gone {
		what += ", removed meanwhile"
	}
	return what
}

// access is O_RDONLY, O_WRONLY or O_RDWR.
func access(fd int) int {
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
	if errno != 0 {
		return syscall.O_RDONLY
	}
	return int(flags) & syscall.O_ACCMODE
}

func describePipe(t *Thing, all Set) {
	t.What = "the reading end of a pipe"
	if access(t.Number) == syscall.O_WRONLY {
		t.What = "the writing end of a pipe"
	}
	if strings.HasPrefix(t.Path, "/") { // a FIFO has a path
		t.What += ", " + t.Path
	}
	var ends []string
	for _, other := range all.Beyond(nil) {
		same := other.Kind == Pipe && other.Serial == t.Serial && other.Device == t.Device
		if same && other.Number != t.Number && access(other.Number) != access(t.Number) {
			ends = append(ends, fmt.Sprintf("descriptor %d", other.Number))
		}
	}
	ends = append(ends, pipeElsewhere(t, all)...)
	switch {
	case len(ends) > 0:
		t.Leads = "its other end is " + strings.Join(ends, ", ")
	case t.Serial != 0:
		t.Leads = "its other end is in neither this process nor a child of it"
	}
}

// sockets are those of all, with their addresses.
func sockets(all Set) []Thing {
	ends := []Thing{}
	for _, t := range all {
		if t.Kind == Socket {
			t.Socket = address(t.Number)
			ends = append(ends, t)
		}
	}
	return ends
}

func describeSocket(t *Thing, ends []Thing) {
	t.Socket = address(t.Number)
	a := &t.Socket
	name := socketName(a)
	switch {
	case a.Listens:
		t.What = "a " + name + " listener on " + a.Local
		return
	case a.Remote != "":
		t.What = "a " + name + " connection from " + a.Local + " to " + a.Remote
	case a.Local != "":
		t.What = "a " + name + " socket on " + a.Local
	default:
		t.What = "a " + name + " socket"
	}
	for i := range ends {
		e := &ends[i]
		b := e.Socket
		// The sockets of a socketpair have no addresses, so that all pairs would look alike.
		if e.ID != t.ID && a.Local != "" && b.Family == a.Family && b.Local == a.Remote && b.Remote == a.Local {
			t.Leads = fmt.Sprintf("its other end is descriptor %d", e.Number)
		}
	}
}

func socketName(a *Address) string {
	inet := a.Family == syscall.AF_INET || a.Family == syscall.AF_INET6
	switch {
	case inet && a.Type == syscall.SOCK_STREAM:
		return "TCP"
	case inet && a.Type == syscall.SOCK_DGRAM:
		return "UDP"
	case a.Family == syscall.AF_UNIX:
		return "Unix"
	}
	return fmt.Sprintf("family %d", a.Family)
}

func address(fd int) Address {
	a := Address{}
	a.Type, _ = syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE)
	if local, err := syscall.Getsockname(fd); err == nil {
		a.Family, a.Local = text(local)
	}
	if remote, err := syscall.Getpeername(fd); err == nil {
		_, a.Remote = text(remote)
	}
	// A listener has no peer, but neither has a socket that was not connected yet.
	listens, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	a.Listens = err == nil && listens != 0
	return a
}

func text(sa syscall.Sockaddr) (family int, addr string) {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return syscall.AF_INET, hostPort(sa.Addr[:], sa.Port)
	case *syscall.SockaddrInet6:
		return syscall.AF_INET6, hostPort(sa.Addr[:], sa.Port)
	case *syscall.SockaddrUnix:
		return syscall.AF_UNIX, sa.Name
	}
	return 0, ""
}

// mapped is how an IPv6 address begins that stands for an IPv4 one: a socket that
// takes both has such peers.
const mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

// hostPort writes an address as package net/netip does, which would be 100 kB of
// each test binary for these lines alone.
func hostPort(ip []byte, port int) string {
	if rest, ok := bytes.CutPrefix(ip, []byte(mapped)); ok {
		ip = rest
	}
	if len(ip) == 4 {
		return fmt.Sprintf("%d.%d.%d.%d:%d", ip[0], ip[1], ip[2], ip[3], port)
	}
	from, to := longestZeros(ip)
	text := []byte("[")
	for i := 0; i < len(ip); i += 2 {
		if i == from {
			text = append(text, "::"...)
			if i = to; i == len(ip) {
				break
			}
		} else if i > 0 {
			text = append(text, ':')
		}
		text = strconv.AppendUint(text, uint64(ip[i])<<8|uint64(ip[i+1]), 16)
	}
	return string(text) + "]:" + strconv.Itoa(port)
}

// longestZeros returns where in an IPv6 address the longest run of zeros is, the
// first of several, which is what RFC 5952 leaves out. A single group stays.
func longestZeros(ip []byte) (from, to int) {
	from, to = -1, -1
	for i := 0; i < len(ip); i += 2 {
		j := i
		for j < len(ip) && ip[j] == 0 && ip[j+1] == 0 {
			j += 2
		}
		if j-i > 2 && j-i > to-from {
			from, to = i, j
		}
	}
	return from, to
}

// readAll returns what read, syscall.Read or ReadDirent, has of a descriptor, as
// far as it is kept.
func readAll(fd int, read func(fd int, buf []byte) (int, error)) []byte {
	var text []byte
	buf := make([]byte, 32<<10)
	for len(text) < maxRead {
		n, err := read(fd, buf)
		if err == syscall.EINTR { // as in package os, see ignoringEINTR
			continue
		}
		if n <= 0 || err != nil {
			break
		}
		text = append(text, buf[:n]...)
	}
	return text
}

// maxRead bounds what is read of one file of /proc, or of what ps prints.
const maxRead = 4 << 20
