// Command explore measures "leakcheck explore", and prints tables of it.
//
//	go run -C internal/eval ./explore programs
//	go run -C internal/eval ./explore overhead DIR...
//	go run -C internal/eval ./explore corpus [DIR...]
//
// Programs searches the small programs of testdata: each has a test that passes and
// that leaks in some orders of events, or where a context ends early, and a repaired
// twin. It prints how often each leaks as it is, after how many runs a search finds
// it, and what decides. The twins are searched with as many runs. The exit code is
// 1 where one is not found, or a twin is reported.
//
// Overhead compares the tests of the modules in folders with themselves, as they
// are and as they are rewritten and checked, without a perturbation. The two take
// turns, and the median of each counts.
//
// Corpus rewrites the tests of channels and selects of the Go distribution, some
// packages of its standard library, and the modules in folders, and compares what
// their tests do with what they do as they are. The exit code is 1 where a test
// fails that passes as it is.
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/leakcheck-go/goroutine/internal/eval/modules"
)

func main() { modules.Main("explore", run) }

// run does what args ask for, and reports whether all is as it should be.
func run(ctx context.Context, args []string, stdout, _ io.Writer) (ok bool, err error) {
	temp, err := os.MkdirTemp("", "explore-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	w := work{temp: temp, out: stdout}
	switch {
	case len(args) == 1 && args[0] == "programs":
		return w.programs(ctx, "explore/testdata")
	case len(args) > 1 && args[0] == "overhead":
		return true, w.overhead(ctx, args[1:])
	case len(args) > 0 && args[0] == "corpus":
		return w.corpus(ctx, args[1:])
	}
	return false, errors.New("want programs, overhead DIR... or corpus [DIR...]")
}

// work is what the measurements share.
type work struct {
	temp string // a folder for what they build
	out  io.Writer
}
