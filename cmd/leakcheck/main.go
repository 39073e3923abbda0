// Command leakcheck finds goroutines that outlive their work: in the tests of
// any module, without a change to it.
//
//	go run github.com/leakcheck-go/goroutine/cmd/leakcheck@latest test ./...
//
// "leakcheck help" lists its subcommands and "leakcheck help test" explains
// one. The exit code is 0 on success, 1 if a command found what its help
// describes, and 2 if the command line or an input is wrong.
package main

import (
	"os"

	"github.com/leakcheck-go/goroutine/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
