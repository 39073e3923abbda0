package leakcheck_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// fetch has a goroutine that waits until somebody takes the answer.
func fetch() (answers chan string) {
	answers = make(chan string)
	go func() {
		answers <- "tea"
	}()
	return answers
}

// Find looks at any moment. What it found is an error, and data.
func ExampleFind() {
	current := leakcheck.IgnoreCurrent() // an example shares its process with others
	answers := fetch()

	if err := leakcheck.Find(current).Err(); err != nil {
		var leaks *leakcheck.Error
		fmt.Println(errors.As(err, &leaks), leaks.Report.Len())
	}

	<-answers
	fmt.Println(leakcheck.Find(current).Err())
	// Output:
	// true 1
	// <nil>
}

// The report says who still has what each goroutine waits for, and how much memory
// is lost with it.
func ExampleHeap() {
	current := leakcheck.IgnoreCurrent()
	answers := fetch()
	<-answers

	fmt.Println(leakcheck.Find(current, leakcheck.Heap()).Err())
	// Output:
	// <nil>
}

// The kinds of leaks, for a program that decides about them.
func ExampleReport_Leaks() {
	current := leakcheck.IgnoreCurrent()
	answers, more := fetch(), fetch()

	for _, leak := range leakcheck.Find(current).Leaks() {
		fmt.Printf("%d x %s: %s\n", leak.Count, leak.Title, leak.At.Source)
		fmt.Println("started by", leak.Started.Source)
		fmt.Println("fix:", leak.Fix)
	}

	<-answers
	<-more
	// Output:
	// 2 x blocked sending on a channel: answers <- "tea"
	// started by go func() {
	// fix: make room for every send (make(chan T, n)), or send in a select with ctx.Done()
}

// A report is a value for a structured log.
func ExampleReport_LogValue() {
	current := leakcheck.IgnoreCurrent()
	answers := fetch()

	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { // the time and the leaks, which differ
			if a.Key == slog.TimeKey || a.Key == "leaks" {
				return slog.Attr{}
			}
			return a
		},
	}))
	log.Warn("stopped", "left", leakcheck.Find(current))

	<-answers
	// Output: level=WARN msg=stopped left.goroutines=1 left.proven=0
}

// The JSON is that of the command, whose report subcommand reads it.
func ExampleReport_MarshalJSON() {
	current := leakcheck.IgnoreCurrent()
	answers := fetch()

	text, err := json.Marshal(leakcheck.Find(current))
	if err != nil {
		fmt.Println(err)
	}
	var report struct {
		Goroutines int
		Findings   []struct{ Cause struct{ ID string } }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		fmt.Println(err)
	}
	fmt.Println(report.Goroutines, report.Findings[0].Cause.ID)

	<-answers
	// Output: 1 chan-send
}
