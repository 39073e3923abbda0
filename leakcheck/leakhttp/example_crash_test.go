package leakhttp_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// What a crash prints is kept in a folder, and the next start of the service logs
// what has happened there.
func ExampleCrashOutput() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	// The file of a process that has crashed; the runtime writes it.
	text := "fatal error: concurrent map writes\n\ngoroutine 7 [running]:\n"
	_ = os.WriteFile(filepath.Join(dir, "leakcheck-crash-20261124T094600.123Z-4711.new"), []byte(text), 0o600)

	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: onlyMessages}))
	if err := leakhttp.CrashOutput(dir, log); err != nil {
		fmt.Println(err)
	}
	// Output: msg="the last process crashed" message="fatal error: concurrent map writes"
}

// onlyMessages leaves out what differs from run to run.
func onlyMessages(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.MessageKey || a.Key == "message" {
		return a
	}
	return slog.Attr{}
}
