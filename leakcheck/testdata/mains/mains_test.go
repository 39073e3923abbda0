// Package mains holds a TestMain whose options the environment chooses.
package mains

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

func TestMain(m *testing.M) {
	var opts []leakcheck.Option
	switch os.Getenv("MAIN_CLEANUP") {
	case "panic":
		opts = append(opts, leakcheck.Cleanup(func(int) { panic("in cleanup") }))
	case "goexit":
		opts = append(opts, leakcheck.Cleanup(func(int) { runtime.Goexit() }))
	case "print":
		opts = append(opts, leakcheck.Cleanup(func(code int) { fmt.Println("cleanup with", code) }))
	}
	if os.Getenv("MAIN_RUN_ON_FAILURE") != "" {
		opts = append(opts, leakcheck.RunOnFailure())
	}
	leakcheck.VerifyTestMain(m, opts...)
}

func TestLeaks(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
}

func TestVerified(t *testing.T) {
	leakcheck.Verify(t)
	ch := make(chan int)
	go func() { ch <- 1 }()
}

func TestClean(t *testing.T) { fmt.Println("output of TestClean") }

func TestFails(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
	t.Error("my own message")
}
