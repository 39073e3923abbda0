package cli

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// isProcess reports whether the arguments are the id of a process: one number
// that is the name of no file.
func isProcess(args []string) (pid int, ok bool) {
	if len(args) != 1 {
		return 0, false
	}
	pid, err := strconv.Atoi(args[0])
	if err != nil || pid <= 0 {
		return 0, false
	}
	_, err = os.Stat(args[0])
	return pid, os.IsNotExist(err)
}

// process takes a dump of a local process. Every Go program understands
// SIGQUIT: it prints its goroutines and exits. Because the process ends, the
// user has to ask for it with -kill.
func (o *reportOptions) process(e *environment, pid int) (bool, error) {
	if !o.kill {
		return false, fmt.Errorf("%d: no such file. If it is the id of a process, use -kill, which makes "+
			"the process print a dump and exit. A service with net/http/pprof prints one and keeps running: "+
			"http://host:port", pid)
	}
	where, err := quit(pid)
	if err != nil {
		return false, fmt.Errorf("process %d: %w", pid, err)
	}
	fmt.Fprintf(e.stdout, "SIGQUIT was sent to process %d. It prints its goroutines on its standard error, which is\n"+
		"%s,\nand ends. Then run: leakcheck report FILE\n", pid, where)
	return false, nil
}

// checkGo sees to it that a process is a Go program, where the system has its
// executable: others end without a dump.
func checkGo(exe string) error {
	if _, err := os.Stat(exe); err != nil {
		return nil // this system does not say, or not to us
	}
	if _, err := buildinfo.ReadFile(exe); err != nil {
		return errors.New("not a Go program, so it would end without a dump")
	}
	return nil
}

// describe says for people what the target of the link is that a process has
// for its standard error.
func describe(target string) string {
	switch {
	case target == "":
		return "a place that this system does not reveal: its terminal, its log, or the log of its parent process"
	case target == "/dev/null":
		return "/dev/null, so they are lost"
	case strings.HasPrefix(target, "pipe:"):
		return "a pipe to another program: look at the log of the program that started it, " +
			"such as docker logs or kubectl logs --previous"
	case strings.HasPrefix(target, "socket:"):
		return "a socket: look at journalctl, or at the log of the program that started it"
	case strings.HasPrefix(target, "/dev/pts/"), strings.HasPrefix(target, "/dev/tty"):
		return "the terminal " + target
	}
	return "the file " + target
}
