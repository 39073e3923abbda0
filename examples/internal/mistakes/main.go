// Command mistakes writes docs/mistakes: a page for each example, made of its
// package comment, its code and what its leaking test prints, and a table of
// contents. It runs at the root of the module:
//
//	go run ./examples/internal/mistakes
//
// Its test holds the pages to what the examples say.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := write("examples", filepath.Join("docs", "mistakes")); err != nil {
		fmt.Fprintln(os.Stderr, "mistakes:", err)
		os.Exit(1)
	}
}

// write writes the pages of the examples in the one folder into the other.
func write(examples, docs string) error {
	all, err := pages(examples, contents)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(docs, 0o777); err != nil {
		return err
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(docs, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
