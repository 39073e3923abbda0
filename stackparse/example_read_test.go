package stackparse_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

const dump = `goroutine 1 [running]:
main.main()
	/src/main.go:10 +0x1d

goroutine 20 [chan send, 3 minutes] {job: mail}:
main.send(...)
	/src/main.go:20
main.worker(0xc000012345)
	/src/main.go:31 +0x2a
created by main.main in goroutine 1
	/src/main.go:8 +0x19
`

func ExampleParse() {
	gs, err := stackparse.Parse([]byte(dump))
	for _, g := range gs {
		fmt.Printf("%d: %s in %s\n", g.ID, g.State, g.Frames[0].Func)
		if g.Creator != nil {
			fmt.Printf("  blocked for %v, started by goroutine %d at %s:%d\n", g.Wait, g.Creator.Goroutine, g.Creator.File, g.Creator.Line)
		}
	}
	fmt.Println(err)
	// Output:
	// 1: running in main.main
	// 20: chan send in main.send
	//   blocked for 3m0s, started by goroutine 1 at /src/main.go:8
	// <nil>
}

// A log with a dump in it: the text around the dump is noted, not fatal.
func ExampleReader() {
	r := stackparse.NewReader(strings.NewReader("2026/01/02 starting\n" + dump + "\nexit status 2\n"))
	r.Name = "app.log"
	for r.Scan() {
		g := r.Goroutine() // valid until the next Scan
		job, ok := g.Label("job")
		fmt.Println(g.ID, job, ok)
		for _, p := range r.Problems() {
			fmt.Println(p)
		}
	}
	for _, p := range r.Problems() {
		fmt.Println(p)
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1  false
	// app.log:1: line outside any goroutine: "2026/01/02 starting"
	// 20 mail true
	// app.log:14: line outside any goroutine: "exit status 2"
}

// A dump on a disk or in a response is not held in memory: a goroutine is read
// over the one before, so what is kept is a Clone.
func ExampleNewReader() {
	r := stackparse.NewReader(strings.NewReader(dump)) // an *os.File, a response's body
	r.SkipArgs = true
	var blocked []*stackparse.Goroutine
	for r.Scan() {
		if g := r.Goroutine(); g.State == "chan send" {
			blocked = append(blocked, g.Clone())
		}
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(len(blocked), "blocked in", blocked[0].Frames[0].Func)
	// Output: 1 blocked in main.send
}

func ExampleReader_All() {
	for g, err := range stackparse.NewReader(strings.NewReader(dump)).All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(g.ID, len(g.Frames))
	}
	// Output:
	// 1 1
	// 20 2
}

// What stands around a dump is kept apart. How lines are wrapped does not
// matter.
func ExampleReader_text() {
	log := `web-1  | listening
web-1  | panic: oh
web-1  | goroutine 1 [running]:
web-1  | main.main()
web-1  | 	/src/main.go:10 +0x1d
web-1  | exit status 2
`
	r := stackparse.NewReader(strings.NewReader(log))
	r.Text = func(line int, text []byte) { fmt.Printf("line %d: %s\n", line, text) }
	for r.Scan() {
		fmt.Println(r.Goroutine().ID, r.Goroutine().Frames)
	}
	// Output:
	// line 1: web-1  | listening
	// line 2: web-1  | panic: oh
	// line 6: web-1  | exit status 2
	// 1 [{main.main  /src/main.go 10 29}]
}

// All goroutines at once, with the memory bounds of a Reader.
func ExampleReader_ReadAll() {
	r := stackparse.NewReader(strings.NewReader(dump))
	r.SkipArgs = true
	gs, err := r.ReadAll()
	fmt.Println(len(gs), err)
	// Output: 2 <nil>
}

// Dumps of one process, one after the other.
func ExampleReader_Reset() {
	var r stackparse.Reader
	for _, one := range []string{dump, "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:10 +0x1d\n"} {
		r.Reset(strings.NewReader(one))
		n := 0
		for r.Scan() {
			n++
		}
		fmt.Println(n, r.Err())
	}
	// Output:
	// 2 <nil>
	// 1 <nil>
}

// A dump that was cut: what is left of it is read.
func ExampleReader_Problems() {
	cut, _, _ := strings.Cut(dump, "\t/src/main.go:31")
	r := stackparse.NewReader(strings.NewReader(cut))
	for r.Scan() {
		for _, p := range r.Problems() {
			fmt.Println(p, errors.Is(p, stackparse.ErrIncomplete))
		}
	}
	// Output:
	// dump:8: unknown text in goroutine 20: "main.worker(0xc000012345)" false
	// dump:8: dump ends in the middle of goroutine 20 true
}

func ExampleGoroutine_Label() {
	gs, err := stackparse.Parse([]byte(dump))
	if err != nil {
		fmt.Println(err)
	}
	job, ok := gs[1].Label("job")
	fmt.Println(job, ok)
	// Output: mail true
}

// The next Scan overwrites a Reader's goroutine, and not its copy.
func ExampleGoroutine_Clone() {
	r := stackparse.NewReader(strings.NewReader(dump))
	var first *stackparse.Goroutine
	for r.Scan() {
		if first == nil {
			first = r.Goroutine().Clone()
		}
	}
	fmt.Println(first.ID, first.Frames[0].Func)
	// Output: 1 main.main
}

// The output of a test with -race that also printed a dump.
func ExampleReader_Races() {
	const text = `==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 7:
  main.work()
      /src/main.go:12 +0x1f
==================
goroutine 6 [chan receive]:
main.main()
	/src/main.go:9 +0x1f
`
	r := stackparse.NewReader(strings.NewReader(text))
	for r.Scan() {
		fmt.Println("goroutine", r.Goroutine().ID)
	}
	fmt.Println(r.Races(), "race")
	// Output:
	// goroutine 6
	// 1 race
}
