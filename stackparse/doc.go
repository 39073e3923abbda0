// Package stackparse reads the goroutine dumps that the Go runtime prints and
// writes them back.
//
// It reads what runtime.Stack(buf, true), debug.Stack and the goroutine
// profile with debug=2 print in Go 1.26 and 1.27; dumps of crashes (SIGQUIT,
// panics, fatal errors) are the same format with more text around it and are
// read too. [Reader] streams, [Parse] keeps everything, [Write] prints.
//
// # Format
//
// No document defines the format; the functions goroutineheader, traceback2,
// printcreatedby1 and printAncestorTraceback of runtime/traceback.go do. This
// is what they print, and what is read here:
//
//	dump      = { text | goroutine } .
//	goroutine = header { frame | elided } [ created ] { ancestor } .   ends at an empty line or the next header
//	header    = "goroutine " id { thread } " [" status { ", " mod } [ " labels:" labels ] "]" [ " " labels ] ":" .
//	thread    = " gp=" hex | " m=" ( "nil" | int ) | " mp=" hex .      crashes only, read and dropped
//	status    = state [ " (leaked)" ] [ " (scan)" ] [ " (durable)" ] .
//	mod       = int " minutes" | "locked to thread" | "synctest bubble " int .
//	labels    = "{" token ": " token { ", " token ": " token } "}" .   Go 1.26 inside the bracket, Go 1.27 after it
//	token     = Go string literal | { letter | digit | "." | "/" | "_" } .   may be empty
//	frame     = function "(" args ")" NL TAB place NL
//	          | text NL TAB [ file ":" line " " ] "pc=" hex NL         C function, with a symbolizer
//	          | "non-Go function at pc=" hex NL .                      C function, without one
//	place     = file ":" line [ " +" hex ] [ " fp=" hex " sp=" hex " pc=" hex ] .
//	elided    = "..." int " frames elided..." NL .
//	created   = "created by " function [ " in goroutine " id ] NL TAB place NL .
//	ancestor  = "[originating from goroutine " id "]:" NL { frame } [ "...additional frames elided..." NL ] [ created ] .
//
// Function names and paths may hold spaces, colons, brackets and "+0x1", and
// labels may hold "]:" and "}". A function is therefore split from its
// arguments at the last "(", which arguments never contain, a path from its
// line at the last ":", and labels are read as the string literals they are.
// Lines may end in CR LF.
//
// # What is not understood
//
// Every Go release has added something to this format, and readers that
// expected to know all of it lost whole goroutines. Here nothing is lost
// because something beside it is new: a header yields its id however it goes
// on, what is left over stands in [Goroutine.Unparsed], and so does every line
// of the body that fits no rule above. Each such find, and each run of text
// that belongs to no goroutine, is a [SyntaxError] with its position. They are
// notes on the input; none of them ends the reading. Text that follows a
// goroutine without an empty line ("exit status 2") cannot be told from a line
// of a newer runtime and is kept with that goroutine.
//
// Not read: lines with a log prefix or an indent, the debug=1 profile (see the
// neighbour pprofile) and race reports, which number goroutines differently.
//
// # Memory
//
// A Reader's memory does not grow with its input. A line is cut at 1 MiB, a
// goroutine at 10,000 lines or 8 MiB, and both are reported; the tables that
// let equal strings be stored once forget when they have a few MiB. Reading
// goroutines without ancestors whose strings have been seen before allocates
// nothing. A string that is kept may keep up to 4 KiB of others with it.
//
// # Neighbours
//
// Package filters selects goroutines by what they do, stackparse/pprofile reads
// and writes goroutine profiles, and leakcheck uses all three in tests.
package stackparse
