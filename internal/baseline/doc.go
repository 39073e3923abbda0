// Package baseline is the ratchet for code that leaks already: a file lists
// the leaks that are known, and only what is new, or more, fails.
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
// An entry counts for its stack alone, whichever test leaks it, so that a
// renamed test is no new leak.
//
// # Keys
//
// A stack is normalised (see [KeyOf]) so that it stays the same when lines
// move, when closures are counted anew, and from one release of Go to the
// next. Stacks are normalised again when a file is read, so that one written
// by hand, or by an earlier release of this package, still counts.
//
// The package does no more than this: it knows nothing of goroutines, flags or
// tests. Only [Load] and [Save] touch the disk.
package baseline
