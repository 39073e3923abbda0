package resource

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Descriptors returns the open descriptors of this process. [Describe] says more
// of one.
func Descriptors() (Set, error) {
	fds, err := numbers("/proc/self/fd")
	if err != nil {
		return nil, fmt.Errorf("%w: /proc/self/fd: %w", ErrUnsupported, err)
	}
	s := Set{}
	for _, fd := range fds { // that of the folder itself is closed again
		if t, ok := descriptor(fd); ok {
			s[t.ID] = t
		}
	}
	return s, nil
}

// descriptor is false for one that was closed meanwhile.
func descriptor(fd int) (Thing, bool) {
	var st syscall.Stat_t
	if syscall.Fstat(fd, &st) != nil {
		return Thing{}, false
	}
	target := readlink("/proc/self/fd/" + strconv.Itoa(fd))
	t := Thing{Kind: kindOf(st.Mode), ID: ID{Number: fd, Device: st.Dev, Serial: st.Ino}}
	// The kernel's own objects share one inode.
	if name, ok := strings.CutPrefix(target, "anon_inode:"); ok {
		t.Kind, t.Name = Descriptor, strings.Trim(name, "[]")
	} else if strings.HasPrefix(target, "/") {
		t.Path = target
	}
	return t, true
}

// Own reports whether a descriptor is one of the runtime's, of package os, or a
// standard stream. A pidfd belongs to a child process, which is found as such.
func (t *Thing) Own() bool { return !t.Child && (t.Number <= 2 || t.Name == "pidfd") }

// numbers are the names in a folder of /proc that are numbers.
func numbers(path string) (list []int, err error) {
	dir, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(dir)
	_, _, names := syscall.ParseDirent(readAll(dir, syscall.ReadDirent), -1, nil)
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			list = append(list, n)
		}
	}
	return list, nil
}

func readlink(path string) string {
	buf := make([]byte, 4<<10)
	n, err := syscall.Readlink(path, buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// read returns the content of a file of /proc; false where it cannot be opened.
func read(path string) (text string, there bool) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", false
	}
	defer syscall.Close(fd)
	return string(readAll(fd, syscall.Read)), true
}

// closedByPeer returns the inodes of TCP sockets whose other side has closed the
// connection.
func closedByPeer() map[uint64]bool {
	const closeWait = "08"
	closed := map[uint64]bool{}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		text, _ := read(table)
		for line := range strings.Lines(text) {
			// sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != closeWait {
				continue
			}
			if inode, err := strconv.ParseUint(f[9], 10, 64); err == nil {
				closed[inode] = true
			}
		}
	}
	return closed
}

// pipeElsewhere names the children among all that have the pipe open as well.
func pipeElsewhere(pipe *Thing, all Set) []string {
	var found []string
	for _, c := range all {
		if !c.Child {
			continue
		}
		dir := "/proc/" + strconv.Itoa(c.Number) + "/fd/"
		fds, _ := numbers(dir) // none of a child that ended, or runs as another user
		if slices.ContainsFunc(fds, func(fd int) bool {
			return readlink(dir+strconv.Itoa(fd)) == fmt.Sprintf("pipe:[%d]", pipe.Serial)
		}) {
			found = append(found, fmt.Sprintf("process %d", c.Number))
		}
	}
	return found
}
