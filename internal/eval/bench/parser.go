package main

import (
	"bytes"
	"io"

	"github.com/DataDog/gostackparse"
	"github.com/maruel/panicparse/v2/stack"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// parser is a way to read a dump. It returns how many goroutines it found and
// what its caller would go on with.
type parser struct {
	name  string
	parse func(dump []byte) (n int, result any, err error)
}

// The names that the tables compare others with.
const (
	ours  = "stackparse.Parse"
	other = "gostackparse"
)

// parsers are those compared. The parsers of goleak and gleak are not exported;
// see livePeers.
var parsers = []parser{
	{"lines only", countLines},
	{ours, func(dump []byte) (int, any, error) {
		gs, err := stackparse.Parse(dump)
		return len(gs), gs, err
	}},
	{"stackparse.Reader", stream(func(*stackparse.Goroutine) {})},
	{other, func(dump []byte) (int, any, error) {
		gs, errs := gostackparse.Parse(bytes.NewReader(dump))
		if len(errs) > 0 {
			return len(gs), gs, errs[0]
		}
		return len(gs), gs, nil
	}},
	{"panicparse", func(dump []byte) (int, any, error) {
		s, _, err := stack.ScanSnapshot(bytes.NewReader(dump), io.Discard, &stack.Opts{})
		if s == nil {
			return 0, nil, err
		}
		if err == io.EOF {
			err = nil // the end of the input, which it reports
		}
		return len(s.Goroutines), s, err
	}},
}

// countLines finds the lines and counts the headers among them. Whatever
// reads a dump has to do that much.
func countLines(dump []byte) (int, any, error) {
	n := 0
	for len(dump) > 0 {
		end := bytes.IndexByte(dump, '\n')
		if end < 0 {
			end = len(dump) - 1
		}
		if end > 10 && dump[0] == 'g' && string(dump[:10]) == "goroutine " {
			n++
		}
		dump = dump[end+1:]
	}
	return n, nil, nil
}

// stream reads goroutine by goroutine and keeps none.
func stream(use func(*stackparse.Goroutine)) func([]byte) (int, any, error) {
	return func(dump []byte) (int, any, error) {
		r, n := stackparse.NewReader(bytes.NewReader(dump)), 0
		for r.Scan() {
			use(r.Goroutine())
			n++
		}
		return n, nil, r.Err()
	}
}
