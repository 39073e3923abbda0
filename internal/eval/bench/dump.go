package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// The stacks that the dumps are made of: a program that parks goroutines in
// every way, and an HTTP server and client at work. Both are from Go 1.27,
// without labels, as only stackparse reads those.
var (
	//go:embed testdata/mixed.txt
	mixed []byte
	//go:embed testdata/http_server.txt
	server []byte
)

// makeDump returns a dump of n goroutines that looks like that of a service:
// real stacks, and for each goroutine an id, pointers and an age of its own. If
// distinct, no two stacks have the same functions and lines.
func makeDump(n int, distinct bool) ([]byte, error) {
	var stacks []stackparse.Goroutine
	for _, text := range [][]byte{mixed, server} {
		gs, err := stackparse.Parse(text)
		if err != nil {
			return nil, err
		}
		for _, g := range gs {
			if !distinct || len(g.Frames) >= minDistinct {
				stacks = append(stacks, g)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same dump in each run
	var out bytes.Buffer
	for i := range n {
		g := stacks[random.IntN(len(stacks))].Clone()
		g.ID, g.Wait = int64(n+7*i), g.Wait*0
		for j := range g.Frames {
			g.Frames[j].Args = varied(g.Frames[j].Args, uint64(i))
		}
		if distinct {
			makeDistinct(g, i)
		}
		if i > 0 {
			out.WriteByte('\n')
		}
		if err := stackparse.Write(&out, []stackparse.Goroutine{*g}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// minDistinct is how many calls a stack needs for makeDistinct.
const minDistinct = 3

// makeDistinct writes i into the lines of g, in a number system of 40 digits,
// and into the packages of functions that are not of the standard library, of
// which there are 400 then.
func makeDistinct(g *stackparse.Goroutine, i int) {
	digits := i
	for j := range g.Frames {
		f := &g.Frames[j]
		f.Line += digits % 40
		digits /= 40
		if name, ok := strings.CutPrefix(f.Func, "main."); ok {
			f.Func = fmt.Sprintf("example.com/shop/service%d.%s", i%400, name)
		}
	}
}

// varied moves the pointers among arguments by a distance of its own for each
// goroutine.
func varied(args string, i uint64) string {
	var b strings.Builder
	for {
		at := strings.Index(args, "0x")
		if at < 0 {
			b.WriteString(args)
			return b.String()
		}
		b.WriteString(args[:at])
		args = args[at+2:]
		end := strings.IndexFunc(args, func(c rune) bool { return !strings.ContainsRune("0123456789abcdef", c) })
		if end < 0 {
			end = len(args)
		}
		word, err := strconv.ParseUint(args[:end], 16, 64)
		if err == nil && word > 1<<32 {
			word += i * 0x240
		}
		fmt.Fprintf(&b, "0x%x", word)
		args = args[end:]
	}
}
