// Package relate finds out what blocked goroutines have to do with each
// other: which of them wait for the same lock, who is likely to hold it, who
// waits for whom in a cycle, who started whom, and which of them are stuck
// only because another one is.
//
// It is given parsed goroutines and returns indexes into them. All it knows
// comes from the dump: the stacks, "created by F in goroutine N", and the
// arguments of the calls. The runtime prints arguments as the words that were
// passed, with a "?" behind those that may have been overwritten since, and
// none for inlined calls. So the address of a sync.Mutex that is waited for is
// always there (its lockSlow is never inlined and keeps it), that of a
// WaitGroup and a Cond nearly always, and that of an RWMutex in builds with
// -race or without inlining. A dump does not say who holds a lock. [Waits]
// says for each likely holder how it knows and how sure it is, and leaves the
// rest unknown. A [Code] that reads the source makes much more known.
package relate
