package corpuscgo

import "C"

// doubled gets a value with each call of goDouble, by a goroutine of its own.
var doubled = make(chan int, 1000)

//export goDouble
func goDouble(n C.int) C.int {
	go func() { doubled <- int(n) }()
	return 2 * n
}
