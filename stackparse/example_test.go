package stackparse_test

import (
	"fmt"
	"os"
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

func ExampleWrite() {
	gs, _ := stackparse.Parse([]byte(`goroutine 7 [select labels:{"job": "send mail"}]:` + "\nmain.f(0x1)\n\t/src/f.go:3 +0x1\n"))
	if err := stackparse.Write(os.Stdout, gs); err != nil {
		fmt.Println(err)
	}
	// Output:
	// goroutine 7 [select] {job: "send mail"}:
	// main.f(0x1)
	// 	/src/f.go:3 +0x1
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

func ExampleParseFunc() {
	f := stackparse.ParseFunc("gopkg.in/yaml%2ev3.(*Cache[...]).Get.func1.2")
	fmt.Println(f.Package, f.Receiver, f.ReceiverArgs, f.Name, f.Closure)
	// Output: gopkg.in/yaml.v3 *Cache ... Get func1.2
}

func ExampleParseArgs() {
	args, err := stackparse.ParseArgs("0xc000012345, {0x2a?, _}, ...")
	for _, a := range args {
		fmt.Println(a, a.Kind == stackparse.ArgValue, len(a.Fields))
	}
	fmt.Println(err)
	// Output:
	// 0xc000012345 true 0
	// {0x2a?, _} false 2
	// ... false 0
	// <nil>
}
