// Package heap reads what [runtime/debug.WriteHeapDump] writes and answers
// three questions about a goroutine that is stuck: who can still wake it, can
// anything wake it at all, and how much memory does it keep.
//
// # The format
//
// The truth is runtime/heapdump.go of the release that wrote the dump. A dump
// is a header line and records of unsigned varints. The records that count:
// every object with its content and the offsets of its pointers, every
// goroutine with the frames of its stack, the segments of package-level
// variables, and finalizers. They become a graph of object numbers, which keeps no
// content.
//
// # What a goroutine waits for
//
// The runtime keeps a record of each wait, the sudog, which hangs on the
// goroutine and names the channel, or the address inside the lock, the wait
// group or the condition variable. A select has one for each channel. A
// coroutine of iter.Pull is named by the one object that holds the goroutine's
// address. Edges that the wait itself made (sudogs, the runtime's records of
// goroutines, threads and processors) are left out of the graph: through them
// everything that is blocked would look reachable.
//
// # Unreachable
//
// Package-level variables, finalizers and goroutines that can run are marked,
// and what they refer to. A blocked goroutine joins them when what it waits
// for is marked. When nothing changes any more, nothing that the heap shows
// can wake the goroutines that are left. It is the algorithm of the runtime's
// own goroutine leak profile.
//
// The dump does not show cleanups, pinned objects and the memory of C. A
// garbage collection just before the dump makes up for that: an object that it
// kept though nothing in the dump refers to it is held by something unseen,
// and is a root as well. So *unreachable* is right for them too, as far as the
// dump was taken by [Capture]. A weak pointer counts as a reference, because it
// can be made into one.
package heap
