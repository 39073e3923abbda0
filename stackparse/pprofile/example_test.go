package pprofile_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
	"github.com/leakcheck-go/goroutine/stackparse/pprofile"
)

// counts is what /debug/pprof/goroutine?debug=1 of a service answers.
const counts = `goroutine profile: total 403
400 @ 0x48314e 0x41654e 0x517539 0x489da1
#	0x517538	shop.fetchOne+0x98	/src/shop/fetch.go:41

3 @ 0x48314e 0x41526c 0x517b7c 0x489da1
# labels: {"job":"mail"}
#	0x517b7b	shop.(*Pool).run+0x3b	/src/shop/pool.go:31
`

// In whatever form goroutines come, compressed or not: how many there are of
// each stack.
func ExampleParse() {
	recs, err := pprofile.Parse([]byte(counts))
	if err != nil {
		fmt.Println(err)
	}
	for _, rec := range recs {
		at := rec.Goroutine.Frames[0]
		fmt.Printf("%d x %s at %s:%d\n", rec.Count, at.Func, at.File, at.Line)
	}
	// Output:
	// 400 x shop.fetchOne at /src/shop/fetch.go:41
	// 3 x shop.(*Pool).run at /src/shop/pool.go:31
}

// A reader of a file or of a response takes one record after the other.
func ExampleNewReader() {
	r := pprofile.NewReader(strings.NewReader(counts)) // an *os.File, a response's body
	r.Name = "shop.txt"
	groups := stackparse.NewGrouper(stackparse.ByFunctions)
	for r.Scan() {
		rec := r.Record() // valid until the next Scan
		groups.AddCount(rec.Goroutine, rec.Count)
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("read", r.Format(), "of profile", r.Profile())
	for _, group := range groups.Groups() {
		fmt.Println(group.Count, group.Goroutine.Frames[0].Func)
	}
	// Output:
	// read counts of profile goroutine
	// 400 shop.fetchOne
	// 3 shop.(*Pool).run
}

func ExampleReader_All() {
	for rec, err := range pprofile.NewReader(strings.NewReader(counts)).All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		job, _ := rec.Goroutine.Label("job")
		fmt.Printf("%d with job %q\n", rec.Count, job)
	}
	// Output:
	// 400 with job ""
	// 3 with job "mail"
}

// What is broken is gone past, and what is no profile is an error.
func ExampleReader_Problems() {
	for _, text := range []string{counts + "#\tbroken\n", "<html>not found</html>"} {
		r := pprofile.NewReader(strings.NewReader(text))
		for r.Scan() {
			for _, p := range r.Problems() {
				fmt.Println("problem:", p)
			}
		}
		for _, p := range r.Problems() {
			fmt.Println("problem:", p)
		}
		fmt.Println(r.Err())
	}
	// Output:
	// problem: input:8: not a frame: "#\tbroken"
	// <nil>
	// input: an HTML page; a dump is what /debug/pprof/goroutine?debug=2 answers
}

// A dump becomes a profile, which go tool pprof opens and Parse reads.
func ExampleWrite() {
	dump, err := pprofile.Parse([]byte(`goroutine 18 [chan send, 9 minutes]:
shop.fetchOne(0xc000012345)
	/src/shop/fetch.go:41 +0x98
created by shop.FetchAll in goroutine 7
	/src/shop/fetch.go:37 +0x66
`))
	if err != nil {
		fmt.Println(err)
	}
	var profile bytes.Buffer // a file
	if err := pprofile.Write(&profile, dump); err != nil {
		fmt.Println(err)
	}

	back, err := pprofile.Parse(profile.Bytes())
	if err != nil {
		fmt.Println(err)
	}
	g := back[0].Goroutine
	fmt.Println(g.State, g.Wait, g.Creator.Func)
	// Output: chan send 9m0s shop.FetchAll
}

func ExampleReader_Crash() {
	const text = `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/src/main.go:9 +0x1f
`
	r := pprofile.NewReader(strings.NewReader(text))
	for r.Scan() {
		fmt.Println(r.Crash().Message)
		fmt.Println(r.Crash().Deadlock)
	}
	// Output:
	// fatal error: all goroutines are asleep - deadlock!
	// true
}
