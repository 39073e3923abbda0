package leakcheck_test

import (
	"bytes"
	"fmt"

	"github.com/leakcheck-go/goroutine/leakcheck"
)

// In a program it is one line at the top of main: defer leakcheck.AtExit(os.Stderr).
func ExampleAtExit() {
	var stderr bytes.Buffer
	current := leakcheck.IgnoreCurrent() // an example shares its process with others
	orders := make(chan string)
	main := func() {
		defer leakcheck.AtExit(&stderr, current)

		go func() { orders <- "the last one" }()
	}
	main()
	line, _ := stderr.ReadString('\n')
	fmt.Print(line)

	<-orders
	// Output: leakcheck: 1 goroutine outlived main (still working when the process ended)
}
