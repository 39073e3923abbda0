// Package baseline is the ratchet for code that leaks already: a file lists
// the leaks that are known, and only new or more leaks fail.
//
// # File
//
// The file is JSON, meant to be committed, read in review and edited by hand
// (reasons, and the removal of entries):
//
//	{
//	  "version": 1,
//	  "leaks": [
//	    {
//	      "stack": [
//	        "shop.(*Pool).run",
//	        "created by shop.NewPool"
//	      ],
//	      "count": 2,
//	      "test": "TestPool",
//	      "summary": "blocked receiving on a channel",
//	      "reason": "goes with the old API, see the roadmap",
//	      "since": "2026-11-24"
//	    }
//	  ]
//	}
//
// version is the version of the format, 1. stack is the key: functions from
// the innermost call outwards, and the go statement last. count is how many
// such goroutines are known, and is a bound. test is one test that leaks them
// and summary what was seen: both are for the reader. reason says why the leak
// stays; it may be empty. since is the day that the entry was added.
//
// An entry applies to its stack, no matter which test leaks it, so a
// renamed test is not a new leak.
//
// A file that several packages share has in each entry also "package", the
// import path of the package whose tests leak it: their tests run in processes
// of their own, and none of them knows what the others leak. An entry without
// it counts in every package.
//
// # Keys
//
// A stack is normalised (see [KeyOf]) so that it stays the same when lines
// move, when closures are counted again, and from one release of Go to the
// next. Stacks are normalised again when a file is read, so that one written
// by hand, or by an earlier release of this package, still counts.
//
// # One file for many packages
//
// The checks of a test process read, and update, the file that the environment
// names, as if each had been given it as an option:
//
//	LEAKCHECK_BASELINE=/abs/leaks.json    known leaks do not fail the tests
//	LEAKCHECK_UPDATE_BASELINE=1           no leak does; they are written there
//
// Entries made that way name the package of the process, which is the one of
// debug.ReadBuildInfo without the ".test" at its end. A process adds what it
// finds when it finds it and, at the end of a run of all its tests, lowers and
// removes the entries of its own package; [Edit] keeps processes that do so at
// the same time apart. To run go test for many packages, set the two
// variables; there is nothing to merge. Such a process does not know which packages
// are gone, and leaves their entries, see [Baseline.Entries].
//
// The package does no more than this: it knows nothing of goroutines, flags or
// tests. Only [Load], [Save] and [Edit] touch the disk.
package baseline
