package pullnostop

import (
	"bufio"
	"io"
)

// Log is a log that is reopened by each reader.
type Log struct {
	Open func() io.ReadCloser
}

// Lines is a sequence, an iter.Seq, of the lines of the log.
func (l Log) Lines(yield func(string) bool) {
	file := l.Open()
	defer file.Close()
	for scan := bufio.NewScanner(file); scan.Scan(); {
		if !yield(scan.Text()) { // want "at: iter-pull"
			return
		}
	}
}
