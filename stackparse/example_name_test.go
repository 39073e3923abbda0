package stackparse_test

import (
	"fmt"

	"github.com/leakcheck-go/goroutine/stackparse"
)

func ExampleParseFunc() {
	f := stackparse.ParseFunc("gopkg.in/yaml%2ev3.(*Cache[...]).Get.func1.2")
	fmt.Println(f.Package, f.Receiver, f.ReceiverArgs, f.Name, f.Closure)
	// Output: gopkg.in/yaml.v3 *Cache ... Get func1.2
}

func ExamplePackage() {
	fmt.Println(stackparse.Package("net/http.(*Server).Serve"))
	fmt.Println(stackparse.Package("gopkg.in/yaml%2ev3.(*Decoder).Decode"))
	// Output:
	// net/http
	// gopkg.in/yaml.v3
}
