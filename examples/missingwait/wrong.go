package missingwait

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
)

// VersionWrong returns the first line that a program prints when it is asked for
// its version. It leaks a goroutine, a pipe and a process.
func VersionWrong(ctx context.Context, program string) (string, error) {
	cmd := exec.CommandContext(ctx, program, "-version")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil { // want "called: exec-nowait"
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(line), nil
}
