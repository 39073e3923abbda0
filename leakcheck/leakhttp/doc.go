// Package leakhttp shows what the goroutines of a running service do, and
// writes a report when their number grows.
//
//	mux.Handle("/debug/leaks", leakhttp.Handler(nil))
//	go leakhttp.NewDumper("/var/lib/shop/leaks", nil).Run(ctx)
//
// The package registers no handler, not even with http.DefaultServeMux: a
// service decides on which port its goroutines can be seen.
//
// # The page
//
// [Handler] serves a page for people, which needs no script, and other formats
// for programs. The parameter format decides, and without one the header
// Accept:
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
// A POST, which the button on the page sends, asks the runtime which goroutines can
// never go on (Go 1.27, or 1.26 with GOEXPERIMENT=goroutineleakprofile). Another
// button keeps the current numbers as the normal ones, in memory and for this
// handler, and POST ?normal=0 forgets them:
//
//	curl -X POST 'http://localhost:6060/debug/leaks?normal=1'
//
// From then on, pools, accept loops and consumers whose number has not grown come
// last, and for the other kinds the page says how many more there are.
//
// # What it costs
//
// A survey takes the goroutine profile in binary form. That stops the world for a
// fraction of a millisecond, for ten goroutines as for 100,000, and costs about 3 µs
// of processor time per goroutine. The full text stops the world for 4 to 10 µs per
// goroutine, so above [Options.MaxFull] it needs force=1. The proof costs a little
// more than a garbage collection. Reading the heap takes one as well, and stops the
// world for about 2.5 ms for each megabyte; the page says for how long. Above 256 MB
// it has to be forced. A [Dumper] reads it only with [DumperOptions.Heap]. These are
// figures of the module's benchmark; in a clone of it, any machine tells its own
// with
//
//	go test -run '^$' -bench Stops -benchtime 3x ./internal/service/live
//
// The process takes one survey at a time. A request that comes while one is under
// way, or within [Options.MinInterval] of the last one, gets that survey; the
// header Age says how many seconds old it is. After a long survey there is a pause
// of twenty times its length, however many requests come. A request that had to
// wait for more than ten seconds gets status 503 with Retry-After.
//
// # Who may see it
//
// Stacks show how a service is built, labels and paths may name customers and
// people, and arguments are addresses in its memory. So [Handler] answers only
// requests from the same machine, unless [Options.Authorize] says otherwise; see
// [Loopback] for what that means. It refuses requests that nginx and other proxies
// pass on with their default settings. It cannot recognize a load balancer or a
// port forwarder on the same machine that passes connections on as they are:
// behind one of these, set Authorize. It always refuses requests that a browser
// sends on behalf of another web site. Labels and arguments can be left out.
//
// # Which request leaks
//
// [Requests] labels the goroutines that work for a request, so that the page and
// the reports name the routes that leave goroutines behind, and how many per
// request:
//
//	http.ListenAndServe(addr, leakhttp.Requests(mux, nil))
//
// # The record
//
// A [Dumper] watches the runtime's count of goroutines, which costs nothing to
// read. It writes a report and a profile when the count has grown by a step,
// on a signal, or on demand.
//
// While that count rises, or the use of memory that is scarce, it also keeps a
// summary that Kubernetes shows after the end of a pod. [CrashOutput] keeps what
// a crash prints, for the log of the next start.
//
// # Goroutines of its own
//
// The handler starts none. A Dumper runs in the goroutine that calls its Run.
package leakhttp
