// Package leakhttp shows what the goroutines of a running service do, and keeps
// a record when there are more and more of them.
//
//	mux.Handle("/debug/leaks", leakhttp.Handler(nil))
//	go leakhttp.NewDumper("/var/lib/shop/leaks", nil).Run(ctx)
//
// Nothing is registered anywhere by itself, and http.DefaultServeMux is left
// alone: a service decides on which port its goroutines can be seen.
//
// # The page
//
// [Handler] answers with a page for people that needs no script, and for
// programs in other formats. The parameter format decides, and without one the
// header Accept:
//
//	?format=html     what grows or is proven first, with cause, fix and source line
//	?format=text     the same as text; what curl gets
//	?format=json     the same as JSON, as internal/engine/report/report.schema.json of this module describes
//	?format=jsonl    the same as JSON lines
//	?format=pprof    all goroutines, for go tool pprof
//	?format=dump     all goroutines as Go prints them in a crash
//	?full=1          from the full text: with ids, minutes, go statements and who waits for whom
//	?heap=1          the full text, who holds what goroutines wait for, and what they keep
//	?force=1         the full text however many goroutines there are, and the heap however large
//	?verbose=1       text with all findings and whole stacks
//
// A POST, which the button on the page sends, asks the runtime which goroutines
// can never go on (Go 1.27, or 1.26 with GOEXPERIMENT=goroutineleakprofile). Another
// one keeps what there is now as what is normal, in memory and for this handler, and
// POST ?normal=0 forgets it:
//
//	curl -X POST 'http://localhost:6060/debug/leaks?normal=1'
//
// From then on, pools, accept loops and consumers whose number has not grown come
// last, and for the other kinds the page says how many more there are.
//
// # What it costs
//
// A look takes the goroutine profile in binary form. That stops the world for a
// fraction of a millisecond, be there ten goroutines or 100,000, and costs about
// 3 µs of processor time a goroutine. The full text stops the world for 4 to
// 10 µs a goroutine, so above [Options.MaxFull] it has to be forced. The proof
// costs a little more than a garbage collection. Reading the heap takes one as well,
// and stops the world for about 2.5 ms for each megabyte; the page says for how
// long. Above 256 MB it has to be forced. A [Dumper] reads it only with
// [DumperOptions.Heap]. These are figures of the module's benchmark; in a clone of
// it, any machine tells its own with
//
//	go test -run '^$' -bench Stops -benchtime 3x ./internal/service/live
//
// One look is taken at a time in the whole process. A request that comes while one
// is under way, or within [Options.MinInterval] of the last one, gets that one; the
// header Age says how many seconds old it is. A long look is followed by a rest of
// twenty times its length, however often one is asked for. A request that had to
// wait for more than ten seconds gets status 503 with Retry-After.
//
// # Who may see it
//
// Stacks tell how a service is built, labels and paths may name customers and
// people, and arguments are addresses in its memory. So [Handler] answers the
// same machine only, unless [Options.Authorize] says otherwise; see [Loopback]
// for what that means. It refuses requests that nginx and other proxies pass on with
// their default settings. It cannot recognize a load balancer or a port forwarder on
// the same machine that passes connections on as they are: behind one of these, set
// Authorize. Requests that another web site makes a browser send are refused
// whatever Authorize says. Labels and arguments can be left out.
//
// # Which request leaks
//
// [Requests] marks the goroutines that work for a request, so that the page and
// the record name the routes that leave goroutines behind, and how many a request:
//
//	http.ListenAndServe(addr, leakhttp.Requests(mux, nil))
//
// # The record
//
// A [Dumper] watches the runtime's count of goroutines, which costs nothing to
// read, and writes a report and a profile when it has grown by a step, on a
// signal, or on demand.
//
// While that number or the use of scarce memory rises, it also keeps a summary
// that Kubernetes shows after the end of a pod. [CrashOutput] keeps what a crash
// prints, for the log of the next start.
//
// # Goroutines of its own
//
// The handler starts none. A Dumper runs in the goroutine that calls its Run.
package leakhttp
