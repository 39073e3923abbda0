package resource

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Children returns the child processes of this process: those that run, and those
// that ended and were not waited for.
func Children() (Set, error) {
	s := Set{}
	pids, ok := listed()
	if !ok {
		pids = all()
	}
	self := syscall.Getpid()
	for _, pid := range pids {
		if t, ok := child(pid, self); ok {
			s[t.ID] = t
		}
	}
	if len(pids) == 0 && read("/proc/self/stat") == "" {
		return nil, fmt.Errorf("%w: /proc is not there", ErrUnsupported)
	}
	return s, nil
}

// listed reads the lists that the kernel keeps of each thread's children. Not
// every kernel is built with them.
func listed() (pids []int, ok bool) {
	dir, err := syscall.Open("/proc/self/task", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer syscall.Close(dir)
	for _, thread := range names(dir) {
		fd, err := syscall.Open("/proc/self/task/"+thread+"/children", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		syscall.Close(fd)
		ok = true
		for field := range strings.FieldsSeq(read("/proc/self/task/" + thread + "/children")) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, ok
}

// all are the processes that can be seen.
func all() (pids []int) {
	dir, err := syscall.Open("/proc", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(dir)
	for _, name := range names(dir) {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func child(pid, parent int) (Thing, bool) {
	proc := "/proc/" + strconv.Itoa(pid)
	stat := read(proc + "/stat")
	// The name of the command is in parentheses and may hold some.
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return Thing{}, false
	}
	name, f := stat[open+1:end], strings.Fields(stat[end+1:]) // state, ppid, ...; the start is field 22 of all
	if len(f) < 20 || f[1] != strconv.Itoa(parent) {
		return Thing{}, false
	}
	started, _ := strconv.ParseUint(f[19], 10, 64)
	t := Thing{ID: ID{Child: true, Number: pid, Serial: started}, Kind: Child, Ended: f[0] == "Z"}
	command := strings.TrimSpace(strings.ReplaceAll(read(proc+"/cmdline"), "\x00", " "))
	if command == "" {
		command = name
	}
	t.What = command
	return t, true
}
