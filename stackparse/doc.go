// Package stackparse reads the goroutine dumps that the Go runtime prints and
// writes them back.
//
// It reads what runtime.Stack, debug.Stack and the goroutine profile with
// debug=2 print, and the tracebacks of panics, fatal errors, deadlocks,
// SIGQUIT and go test -timeout with every GOTRACEBACK level, of Go 1.21 to
// 1.27, also where a log has wrapped them. [Reader] streams, [Parse] keeps
// everything, [Write] prints. [ParseFunc] splits the name of a function;
// reading does not.
//
// # Format
//
// No document defines the format; the functions goroutineheader, traceback2,
// printcreatedby1 and printAncestorTraceback of runtime/traceback.go do. They
// print, and this package reads:
//
//	dump      = { text | system | goroutine } .
//	goroutine = header [ TAB "goroutine running on other thread; stack unavailable" NL ]
//	            { frame | elided } [ created ] { ancestor } .   ends at an empty line or the next header
//	header    = "goroutine " id [ thread ] " [" status { ", " mod } [ " labels:" labels ] "]" [ " " labels ] ":" .
//	thread    = " gp=" hex " m=" ( "nil" | int " mp=" hex ) .      crashes only, since Go 1.22
//	status    = state [ " (leaked)" ] [ " (scan)" ] [ " (durable)" ] .   " (synctest)" in Go 1.24
//	mod       = int " minutes" | "locked to thread" | "synctest bubble " int | "synctest group " id .   "group" in 1.24
//	labels    = "{" token ": " token { ", " token ": " token } "}" .   Go 1.26 inside the bracket, Go 1.27 after it
//	token     = Go string literal | { letter | digit | "." | "/" | "_" } .   may be empty
//	frame     = function "(" args ")" NL TAB place NL
//	          | text NL TAB [ file ":" line " " ] "pc=" hex NL         C function, with a symbolizer
//	          | "non-Go function at pc=" hex NL .                      C function, without one
//	place     = file ":" line [ " +" hex ] [ " fp=" hex " sp=" hex " pc=" hex ] .
//	elided    = "..." int " frames elided..." NL .
//	created   = "created by " function [ " in goroutine " id ] NL TAB place NL .
//	ancestor  = "[originating from goroutine " id "]:" NL { frame } [ "...additional frames elided..." NL ] [ created ] .
//	system    = "runtime stack:" NL { frame } .   of the thread of the goroutine that follows
//
// Paths may hold spaces, colons, brackets and "+0x1", names parentheses and
// brackets, and labels "]:" and "}". A function is therefore split from its
// arguments at the last "(", which arguments never contain, a path from its
// line at the last ":", and labels are read as the string literals they are.
// Names have no white space. The same id may come twice: GOTRACEBACK=crash
// prints the stacks of every thread. An input may have several dumps; ids then
// start again, and [Goroutine.Line] tells goroutines apart.
//
// # Wrapped dumps
//
// The reader learns from the headers how a log has wrapped a dump. It knows
//
//   - a prefix before each line, or before the header alone, in which times may
//     differ: docker compose, docker --timestamps, kubectl, the Kubernetes
//     runtime, syslog, journalctl, package log, an indentation of any kind, the
//     indentation of testing.T.Log;
//   - a value in quotes in each line, or one that holds the whole dump: the
//     json-file driver of docker, go test -json, JSON and logfmt of structured
//     logs. The same field is then read from the lines that follow, or from the
//     rest of the line if that is the answer of a log service. If JSON has a
//     line for each field, only the lines of that field are read;
//   - colours and links of terminals, tabs that became spaces, empty lines that
//     were lost, and lines that end in CR LF.
//
// Other lines between the lines of a goroutine are text, and the goroutine
// continues after them. A header behind a prefix must go on to the end of its
// line, and one that a panic's message forges is recognized by the tab that the
// runtime, since Go 1.23, prints before each line of the message. Two dumps that
// are mixed line by line are separated by their prefixes, for up to 4 MiB of the
// second one. Reading a goroutine of plain lines costs nothing extra.
//
// # What is not understood
//
// Every Go release has added something to this format, and readers that
// expected to know all of it lost whole goroutines. This package loses nothing
// next to an unknown part. It reads the id of a header whatever follows, and
// keeps the rest in [Goroutine.Unparsed], together with lines that start like a
// line of the runtime but match no rule above. A call whose place was cut is a
// [Frame] without File. All other lines are text, for [Reader.Text]: logs, the
// message of a panic, registers, "exit status 2". Each unknown part and each
// run of text is a [SyntaxError] with its position. These errors are notes on
// the input; none of them ends the reading.
//
// If a dump ends in the middle of a goroutine, ends within a line at a usual
// size of buffers, or has the 64 MiB at which the runtime cuts the goroutine
// profile, it has a problem that wraps [ErrIncomplete], and
// [Goroutine.Truncated] is set. A cut right after a place, or between the
// digits of its line, cannot be detected.
//
// A [Reader] does not read profiles in the forms debug=1 and protobuf; package
// pprofile does. It does not read race reports, which have numbers of their own
// for goroutines; [Reader.Races] counts them.
//
// # Memory and speed
//
// A Reader's memory does not grow with its input. A line, and so a dump in one
// quoted value, is cut at 1 MiB, a goroutine at 10,000 lines or 8 MiB, and both
// are reported; the tables that store equal strings once are cleared when they
// reach a few MiB. Reading goroutines without ancestors whose strings have been
// seen before allocates nothing. A string may keep up to 16 KiB of other
// strings alive. [Parse] keeps 200 bytes per goroutine and 64 per frame, once
// for equal stacks with equal arguments; [Reader.SkipArgs] makes more stacks
// equal.
//
// Most lines are compared with those that came after the same line the last
// time, which takes a search for the line feed and two comparisons for a call
// and its place. Only new lines have to be hashed, parsed and stored.
//
// # Neighbours
//
// Package filters selects goroutines by what they do, stackparse/pprofile reads
// and writes goroutine profiles, and leakcheck looks for goroutines that tests
// leave behind. This package imports the standard library only.
package stackparse
