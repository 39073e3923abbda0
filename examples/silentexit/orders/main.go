// Command orders takes three orders and saves them. Its arguments are which way
// it does that, wrong or right, and how long it takes to save one.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/leakcheck-go/goroutine/examples/silentexit"
	"github.com/leakcheck-go/goroutine/leakcheck"
)

func main() {
	defer leakcheck.AtExit(os.Stderr)

	if len(os.Args) != 3 {
		log.Fatal("usage: orders wrong|right DURATION")
	}
	delay, err := time.ParseDuration(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	save := func(order string) {
		time.Sleep(delay) // a slow disk
		fmt.Println("saved:", order)
	}

	orders := []string{"tea", "milk", "salt"}
	fmt.Println("orders:", len(orders))
	if os.Args[1] == "wrong" {
		silentexit.SaveWrong(orders, save)
	} else {
		silentexit.Save(orders, save)
	}
}
