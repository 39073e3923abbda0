package stackparse_test

import (
	"fmt"
	"os"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// A dump of an older Go is written in the form of the newest.
func ExampleWrite() {
	gs, err := stackparse.Parse([]byte(`goroutine 7 [select labels:{"job": "send mail"}]:` + "\nmain.f(0x1)\n\t/src/f.go:3 +0x1\n"))
	if err != nil {
		fmt.Println(err)
	}
	if err := stackparse.Write(os.Stdout, gs); err != nil {
		fmt.Println(err)
	}
	// Output:
	// goroutine 7 [select] {job: "send mail"}:
	// main.f(0x1)
	// 	/src/f.go:3 +0x1
}
