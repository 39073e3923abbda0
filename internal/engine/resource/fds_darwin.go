package resource

import (
	"bytes"
	"syscall"
	"unsafe"
)

// maxDescriptor bounds the numbers that are tried.
const maxDescriptor = 10240

// Descriptors returns the open descriptors of this process. [Describe] says more
// of one.
func Descriptors() (Set, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	s := Set{}
	// The folder /dev/fd cannot be read here as others can, so each number is tried.
	for fd := range int(min(limit.Cur, maxDescriptor)) {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) != nil {
			continue
		}
		t := Thing{Kind: kindOf(uint32(st.Mode)), ID: ID{Number: fd, Device: uint64(st.Dev), Serial: st.Ino}}
		if t.Kind == File || t.Kind == Directory || t.Kind == Device {
			t.Path = path(fd)
		}
		if t.Kind == Descriptor {
			t.Name = "kqueue or another object of the kernel"
		}
		s[t.ID] = t
	}
	return s, nil
}

// path asks for the path that a descriptor was opened with, or has now.
func path(fd int) string {
	const getPath = 50 // F_GETPATH of sys/fcntl.h
	var buf [1024]byte // MAXPATHLEN
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), getPath, uintptr(unsafe.Pointer(&buf[0])))
	if errno != 0 {
		return ""
	}
	name, _, _ := bytes.Cut(buf[:], []byte{0})
	return string(name)
}

// Own reports whether a descriptor is a standard stream.
func (t *Thing) Own() bool { return !t.Child && t.Number <= 2 }

func closedByPeer() map[uint64]bool { return nil }

func pipeElsewhere(*Thing, Set) []string { return nil }
