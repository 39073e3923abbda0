package leakhttp_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/leakcheck-go/goroutine/leakcheck/leakhttp"
)

// A service starts it with its work, and ends it with its context.
func ExampleNewDumper() {
	dir, err := os.MkdirTemp("", "leaks") // a service's own: "/var/lib/shop/leaks"
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	dumper := leakhttp.NewDumper(dir, &leakhttp.DumperOptions{
		Step:       500, // goroutines more than before are worth a dump
		Keep:       5,
		HideLabels: true, // they name customers
	})

	ctx, stop := context.WithCancel(context.Background()) // the service's own
	var running sync.WaitGroup
	running.Go(func() { dumper.Run(ctx) })

	stop()
	running.Wait()
	files, err := os.ReadDir(dir)
	fmt.Println(len(files), "files", err)
	// Output: 0 files <nil>
}

// A hundred goroutines more are a step. The report and the profile are there.
func ExampleDumper_Run() {
	dir, err := os.MkdirTemp("", "leaks")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(context.Background())
	dumper := leakhttp.NewDumper(dir, &leakhttp.DumperOptions{
		Every:   time.Millisecond, // a second by default
		WarmUp:  -1,               // none: a minute by default
		Signals: []os.Signal{},
	})
	var running sync.WaitGroup
	running.Go(func() { dumper.Run(ctx) })

	var reports []string
	for len(reports) == 0 { // the service leaks
		running.Go(func() { <-ctx.Done() })
		time.Sleep(time.Millisecond)
		reports, _ = filepath.Glob(filepath.Join(dir, "leakcheck-*-growth.txt"))
	}
	profiles, _ := filepath.Glob(filepath.Join(dir, "leakcheck-*-growth.pb.gz"))
	fmt.Println(len(reports), len(profiles))

	stop()
	running.Wait()
	// Output: 1 1
}

// A record of this moment, whether Run runs or not.
func ExampleDumper_Dump() {
	dir, err := os.MkdirTemp("", "leaks")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	dumper := leakhttp.NewDumper(dir, nil)

	report, err := dumper.Dump(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(report)
	fmt.Println(filepath.Ext(report), strings.HasPrefix(string(text), "leakcheck live: "), err)
	// Output: .txt true <nil>
}
