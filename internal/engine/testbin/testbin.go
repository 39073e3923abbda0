// Package testbin reads what a test binary knows of itself: the package that it
// tests, and which tests the flags of package testing let run, how often and for
// how long.
package testbin

import (
	"flag"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Package is the import path of the package whose tests this process runs, ""
// where it is not a test binary.
var Package = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	pkg, ok := strings.CutSuffix(info.Path, ".test")
	if !ok {
		return ""
	}
	return pkg
})

// Whole reports whether the flags let all tests run, so that what did not
// happen is news.
func Whole() bool {
	for name, value := range map[string]string{"test.run": "", "test.skip": "", "test.list": "", "test.fuzz": "",
		"test.short": "false", "test.failfast": "false"} {
		if f := flag.Lookup(name); f == nil || f.Value.String() != value {
			return false
		}
	}
	return true
}

// Measures reports whether the flags ask for benchmarks.
func Measures() bool {
	f := flag.Lookup("test.bench")
	return f != nil && f.Value.String() != ""
}

// FuzzWorker reports whether this process runs inputs for the fuzzing engine.
func FuzzWorker() bool {
	f := flag.Lookup("test.fuzzworker")
	return f != nil && f.Value.String() == "true"
}

// Repetitions is how often the flags let each test run.
func Repetitions() int {
	n := 1
	if f := flag.Lookup("test.count"); f != nil {
		if count, err := strconv.Atoi(f.Value.String()); err == nil {
			n = max(n, count)
		}
	}
	// For each number of processors all tests run -count times.
	if f := flag.Lookup("test.cpu"); f != nil && f.Value.String() != "" {
		n *= 1 + strings.Count(f.Value.String(), ",")
	}
	return n
}

// Alarm is when -timeout ends a process whose tests begin now; zero for never.
// It parses the command line, as M.Run is about to do.
func Alarm(now time.Time) time.Time {
	f := flag.Lookup("test.timeout")
	if f == nil {
		return time.Time{} // not a test binary
	}
	if !flag.Parsed() {
		flag.Parse()
	}
	timeout, ok := f.Value.(flag.Getter).Get().(time.Duration)
	if !ok || timeout <= 0 {
		return time.Time{}
	}
	return now.Add(timeout)
}

// Converted reports whether "go test -json" reads the output of this process:
// then lines that say how a test went begin with a mark.
func Converted() bool {
	f := flag.Lookup("test.v")
	return f != nil && f.Value.String() == "test2json"
}
