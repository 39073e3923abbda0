// Command mistakes writes examples/README.md, the table of contents of the
// examples. It runs at the root of the module:
//
//	go run ./examples/internal/mistakes
//
// Its test compares the table with the examples, and the excerpts in their package
// comments with their code.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("examples"); err != nil {
		fmt.Fprintln(os.Stderr, "mistakes:", err)
		os.Exit(1)
	}
}

// write writes the table of the examples in a folder into that folder.
func write(dir string) error {
	text, err := table(dir, contents)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "README.md"), []byte(text), 0o666)
}
