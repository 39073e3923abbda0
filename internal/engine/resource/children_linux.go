package resource

import (
	"cmp"
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
		pids, _ = numbers("/proc") // all processes that can be seen
	}
	self := syscall.Getpid()
	for _, pid := range pids {
		if t, ok := child(pid, self); ok {
			s[t.ID] = t
		}
	}
	// No children, or nothing to know them by.
	if _, there := read("/proc/self/stat"); !there && len(pids) == 0 {
		return nil, fmt.Errorf("%w: /proc is not there", ErrUnsupported)
	}
	return s, nil
}

// listed reads the lists that the kernel keeps of each thread's children.
func listed() (pids []int, ok bool) {
	threads, _ := numbers("/proc/self/task")
	for _, thread := range threads {
		// It is not there where the thread has ended, or the kernel was built without
		// CONFIG_PROC_CHILDREN.
		list, there := read("/proc/self/task/" + strconv.Itoa(thread) + "/children")
		ok = ok || there
		for field := range strings.FieldsSeq(list) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids, ok
}

func child(pid, parent int) (Thing, bool) {
	proc := "/proc/" + strconv.Itoa(pid)
	stat, _ := read(proc + "/stat")
	// The name of the command is in parentheses and may hold some.
	open, end := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return Thing{}, false
	}
	name, f := stat[open+1:end], strings.Fields(stat[end+1:]) // state, ppid, ...; the start is field 22 of all
	if len(f) < 20 || f[1] != strconv.Itoa(parent) {
		return Thing{}, false
	}
	// The id may be another process's later, but not with the same start.
	started, _ := strconv.ParseUint(f[19], 10, 64)
	t := Thing{ID: ID{Child: true, Number: pid, Serial: started}, Kind: Child, Ended: f[0] == "Z"}
	// A child that ended has no command line any more.
	line, _ := read(proc + "/cmdline")
	t.What = cmp.Or(strings.TrimSpace(strings.ReplaceAll(line, "\x00", " ")), name)
	return t, true
}
