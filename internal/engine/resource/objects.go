package resource

import (
	"encoding/binary"
	"os"
	"reflect"
)

// Objects tells which objects of the heap stand for descriptors and child
// processes: those of package os, and the sockets of package net. Layouts are
// asked of the types, and what cannot be told from other objects with the same
// numbers is left out.
type Objects struct {
	file, process int // sizes of the objects
	fd, poll      int // offsets in the object of a file: the descriptor, and the runtime's record
	name          int // and the name
	state         int // the lock of the descriptor
	net           int // size of what all descriptors have in common
	pid           int // offset in the object of a process
	things        []Thing
}

// NewObjects returns the Objects that looks for things; false where this release
// has other types.
func NewObjects(things []Thing) (*Objects, bool) {
	o := &Objects{things: things}
	ptr, ok := reflect.TypeFor[os.File]().FieldByName("file")
	if !ok || ptr.Type.Kind() != reflect.Pointer || reflect.TypeFor[uintptr]().Size() != 8 {
		return nil, false
	}
	file := ptr.Type.Elem()
	pfd, ok1 := file.FieldByName("pfd")
	name, ok2 := file.FieldByName("name")
	pid, ok3 := reflect.TypeFor[os.Process]().FieldByName("Pid")
	// Descriptors of files and of sockets are read at the same places, which works
	// because both types begin with theirs: os.file and net.netFD.
	if !ok1 || !ok2 || !ok3 || pfd.Offset != 0 || pfd.Type.Kind() != reflect.Struct {
		return nil, false
	}
	fd, ok1 := pfd.Type.FieldByName("Sysfd")
	poll, ok2 := pfd.Type.FieldByName("pd")
	state, ok3 := pfd.Type.FieldByName("fdmu")
	if !ok1 || !ok2 || !ok3 || fd.Type.Kind() != reflect.Int { // another release may have other fields
		return nil, false
	}
	o.file, o.process = int(file.Size()), int(reflect.TypeFor[os.Process]().Size())
	o.fd, o.poll, o.state = int(fd.Offset), int(poll.Offset), int(state.Offset)
	o.name, o.net, o.pid = int(name.Offset), int(pfd.Type.Size()), int(pid.Offset)
	return o, true
}

// Wanted returns the index of the thing that an object with this content stands
// for.
func (o *Objects) Wanted(content []byte) (int, bool) {
	for i := range o.things {
		t := &o.things[i]
		if t.Child && o.isProcess(content, t.Number) || !t.Child && o.isFile(content, t.Number) ||
			t.Kind == Socket && o.isSocket(content, t) {
			return i, true
		}
	}
	return 0, false
}

// word is the number at an offset.
func word(p []byte, off int) uint64 { return binary.NativeEndian.Uint64(p[off:]) }

// fits reports whether an object of n bytes can hold a type of the given size:
// the runtime rounds up to a class of sizes, by an eighth or so.
func fits(n, size int) bool { return n >= size && n <= size+size/4+16 }

func (o *Objects) isProcess(p []byte, pid int) bool {
	return fits(len(p), o.process) && word(p, o.pid) == uint64(pid)
}

// maxName bounds the length of a file's name.
const maxName = 4096

// isFile compares the descriptor and what no other object is likely to have in
// the same places: a lock that is not closed, and a string.
func (o *Objects) isFile(p []byte, fd int) bool {
	if !fits(len(p), o.file) || word(p, o.fd) != uint64(fd) || o.closed(p) {
		return false
	}
	length := word(p, o.name+8) // a string is an address and a length
	return word(p, o.name) != 0 && length > 0 && length <= maxName
}

// isSocket compares the descriptor, the family and the type, which follow what
// all descriptors have in common, and wants the runtime to poll it.
func (o *Objects) isSocket(p []byte, t *Thing) bool {
	// Type net.netFD goes on with family, sotype, isConnected, net, laddr and raddr: 72 bytes.
	return fits(len(p), o.net+72) && word(p, o.fd) == uint64(t.Number) && !o.closed(p) && word(p, o.poll) != 0 &&
		word(p, o.net) == uint64(t.Socket.Family) && word(p, o.net+8) == uint64(t.Socket.Type)
}

// closed is the lowest bit of the lock's state.
func (o *Objects) closed(p []byte) bool { return word(p, o.state)&1 != 0 }
