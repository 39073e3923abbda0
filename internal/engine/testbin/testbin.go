// Package testbin reads what a test binary knows about itself: the package that
// it tests, and which tests the flags of package testing let run, how often and
// for how long.
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

// Flag returns the value of a flag of package testing, -test.NAME, "" where the process
// is not a test binary.
func Flag(name string) string {
	if f := flag.Lookup("test." + name); f != nil {
		return f.Value.String()
	}
	return ""
}

// Whole reports whether the flags let all tests run, so that what did not
// happen is news.
func Whole() bool {
	for name, value := range map[string]string{"run": "", "skip": "", "list": "", "fuzz": "", "short": "false",
		"failfast": "false"} {
		if Flag(name) != value {
			return false
		}
	}
	return true
}

// Measures reports whether the flags ask for benchmarks.
func Measures() bool { return Flag("bench") != "" }

// FuzzWorker reports whether this process runs inputs for the fuzzing engine.
func FuzzWorker() bool { return Flag("fuzzworker") == "true" }

// Repetitions is how often the flags let each test run.
func Repetitions() int {
	count, _ := strconv.Atoi(Flag("count")) // 0 where the process is not a test binary
	// For each number of processors all tests run -count times.
	return max(1, count) * (1 + strings.Count(Flag("cpu"), ","))
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
func Converted() bool { return Flag("v") == "test2json" }
