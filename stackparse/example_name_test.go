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

// The receiver of a method comes first.
func ExampleFrame_Arguments() {
	frame := stackparse.Frame{Func: "shop.(*Pool).run", Args: "0xc000012345, 0x3"}
	args, err := frame.Arguments()
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("receiver %v, workers %d\n", args[0], args[1].Value)
	// Output: receiver 0xc000012345, workers 3
}
