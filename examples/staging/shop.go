package main

import (
	"fmt"
	"net/http"
)

// suppliers are asked for the price of everything.
var suppliers = []string{"north", "south", "west"}

type shop struct {
	fixed bool
}

func customerMux(s *shop) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quote", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, s.quote(r.FormValue("item")))
	})
	return mux
}

// quote asks all suppliers and takes the first answer.
func (s *shop) quote(item string) string {
	answers := make(chan string)
	if s.fixed {
		answers = make(chan string, len(suppliers)) // those who come late find room, and end
	}
	for _, name := range suppliers {
		go func() {
			answers <- ask(name, item)
		}()
	}
	return <-answers
}

func ask(supplier, item string) string {
	return fmt.Sprintf("%s: %d for %q", supplier, 3*len(supplier)+len(item), item)
}
