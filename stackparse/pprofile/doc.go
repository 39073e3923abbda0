// Package pprofile reads goroutines from every form that a Go process gives
// them in, and writes them as a profile that go tool pprof opens.
//
// [Reader] looks at the first bytes and reads, plain or compressed by gzip:
//
//   - the protobuf profiles that runtime/pprof writes with debug=0, of the
//     profiles "goroutine" and "goroutineleak" ([FormatProtobuf])
//   - their text form, debug=1, which starts "goroutine profile: total "
//     ([FormatCounts])
//   - everything else that is text, as a dump, by package stackparse: debug=2,
//     runtime.Stack, crashes ([FormatDump])
//
// The protobuf is decoded by github.com/google/pprof/profile, which defines
// the format. That package reads debug=1 as well but keeps only its addresses;
// the functions that printCountProfile of runtime/pprof prints with them are
// read here.
//
// # What each form knows
//
// A zero field of a [stackparse.Goroutine] means "not said". The forms differ
// in what they say:
//
//	                    Dump         Counts   Protobuf
//	how many            one by one   yes      yes
//	id, creator         yes          no       no
//	state               yes          no       as far as the stack shows it
//	minutes, flags      yes          no       no
//	leaked              yes          by the profile's name
//	labels              Go 1.26 on   yes      yes, but for empty values
//	arguments           yes          no       no
//	offset in function  yes          yes      no
//	calls, file, line   yes          yes      yes
//
// A profile does not say how a goroutine waits, but its stack goes down to the
// function of the runtime that parked it, and each of these waits for one
// thing only. The State of a goroutine from a protobuf profile is the wait
// reason that belongs to this function, "" if there is none. That is one step
// less than a dump says: a goroutine that has been woken and not run since is
// "runnable" there. The frames of the runtime are then left out, those that
// runtime.Stack leaves out. Type arguments are written "[...]", as in all
// other forms.
//
// # Limits
//
// Dumps and counts are read in constant memory, however long. A protobuf
// profile must be held whole; one that would take more than
// [Reader.MaxMemory], packed or unpacked, is refused before it is decoded.
package pprofile
