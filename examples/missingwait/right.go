package missingwait

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
)

// Version returns the first line that a program prints when it is asked for its
// version.
func Version(ctx context.Context, program string) (string, error) {
	cmd := exec.CommandContext(ctx, program, "-version")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	text := bufio.NewReader(out)
	line, err := text.ReadString('\n')
	_, rest := io.Copy(io.Discard, text) // with a full pipe the program could not end
	if err := errors.Join(err, rest, cmd.Wait()); err != nil {
		return "", err
	}
	return strings.TrimSpace(line), nil
}
