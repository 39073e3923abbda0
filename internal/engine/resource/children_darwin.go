package resource

import "syscall"

// Children returns the child processes of this process: those that run, and those
// that ended and were not waited for. The system tells them through ps alone.
func Children() (Set, error) {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		return nil, err
	}
	syscall.CloseOnExec(pipe[0])
	syscall.CloseOnExec(pipe[1])
	pid, err := syscall.ForkExec("/bin/ps", []string{"ps", "-A", "-o", "pid=,ppid=,stat=,lstart=,command="},
		&syscall.ProcAttr{Env: []string{"LC_ALL=C"}, Files: []uintptr{0, uintptr(pipe[1]), 2}})
	syscall.Close(pipe[1])
	if err != nil {
		syscall.Close(pipe[0])
		return nil, err
	}
	out := string(readAll(pipe[0], syscall.Read))
	syscall.Close(pipe[0]) // ends a ps that has more to say than is read, for which Wait4 would wait
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
			break
		}
	}
	s := Set{}
	for _, t := range parsePS(out, syscall.Getpid()) {
		if t.Number != pid {
			s[t.ID] = t
		}
	}
	return s, nil
}
