package missingwait

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// playEnv tells this binary to be the program that is asked, and what that does.
const playEnv = "MISSINGWAIT_PLAY"

func TestMain(m *testing.M) {
	if play := os.Getenv(playEnv); play != "" {
		os.Exit(program(play))
	}
	os.Exit(m.Run())
}

// program is what the child process does: one of the plays, or to hang, for a
// test that listens at that address. It returns its exit code.
func program(play string) int {
	switch play {
	case "short":
		fmt.Println("tool 1.2")
	case "long":
		fmt.Println("tool 1.2")
		fmt.Println(strings.Repeat("It comes without any warranty.\n", 10_000))
	case "failing":
		fmt.Println("tool 1.2")
		return 3
	case "silent":
	default:
		hang(play)
	}
	return 0
}

// hang tells the test at addr that it runs, and waits until the test has ended.
func hang(addr string) {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_, _ = io.Copy(io.Discard, conn) // it is killed here
	}
}

// asProgram makes this test's child processes do that, and returns what to start.
func asProgram(t *testing.T, play string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(playEnv, play)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a second for each child, under -race
	return exe
}
