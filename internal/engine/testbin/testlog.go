package testbin

import (
	"bytes"
	"io"
	"os"
	"strings"
)

// testlogHeader begins the list of what a test read of the environment and of
// the disk. The testing package makes it for the go command, which runs a test
// again instead of repeating its old result when any of that changed
// (cmd/go/internal/test.computeTestInputsID).
const testlogHeader = "# test log\n"

// LogInputs adds to the list what the checks around m.Run depend on. The testing
// package takes notes during m.Run alone, so that the go command would go on to
// print "ok (cached)" though a baseline is another one now. Where there is no
// such list, or one of another shape, it does nothing.
func LogInputs(envs, files []string) {
	name := Flag("testlogfile")
	if name == "" {
		return
	}
	var lines strings.Builder
	for _, env := range envs {
		lines.WriteString("getenv " + env + "\n")
	}
	for _, file := range files {
		// The list has a name a line, so it cannot have this one.
		if !strings.ContainsAny(file, "\r\n") {
			lines.WriteString("open " + file + "\n")
		}
	}
	log, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer log.Close()
	header := make([]byte, len(testlogHeader))
	if _, err := io.ReadFull(log, header); err != nil || !bytes.Equal(header, []byte(testlogHeader)) {
		return
	}
	if _, err := log.Seek(0, io.SeekEnd); err == nil {
		_, _ = io.WriteString(log, lines.String()) // with a part of it, too, the test is run again
	}
}
