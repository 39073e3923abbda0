package cause

// wrappers holds the libraries that wait on behalf of their callers.
func wrappers() []Cause {
	return []Cause{
		{
			ID:     "errgroup-wait",
			Title:  "waiting for an errgroup",
			Why:    "a function of the group does not return",
			Fix:    "make the functions return when the context of errgroup.WithContext is done",
			Source: "https://pkg.go.dev/golang.org/x/sync/errgroup#Group.Wait",
			Since:  "golang.org/x/sync v0.1.0",
			// Before wg-wait: the group has a WaitGroup.
			Match: in("golang.org/x/sync/errgroup.(*Group).Wait"),
		}, {
			ID:     "errgroup-limit",
			Title:  "waiting for a free slot in an errgroup",
			Why:    "the functions that fill the limit of SetLimit do not return",
			Fix:    "make the functions return when the context of errgroup.WithContext is done",
			Source: "https://pkg.go.dev/golang.org/x/sync/errgroup#Group.SetLimit",
			Since:  "golang.org/x/sync v0.1.0",
			// Go takes a place by a send to a channel of as many places.
			Match: all(state("chan send"), at("golang.org/x/sync/errgroup.(*Group).Go")),
		}, {
			ID:     "semaphore",
			Title:  "waiting for a semaphore.Weighted",
			Why:    "a Release is missing, and the context given to Acquire does not end",
			Fix:    "defer sem.Release(n) after Acquire, and acquire with a context that is cancelled",
			Source: "https://pkg.go.dev/golang.org/x/sync/semaphore#Weighted.Acquire",
			Since:  "golang.org/x/sync v0.1.0",
			Match:  in("golang.org/x/sync/semaphore.(*Weighted).Acquire"),
		}, {
			ID:     "singleflight",
			Title:  "waiting for another caller of a singleflight.Group",
			Why:    "the first call for the key hangs, and the other callers wait for its result",
			Fix:    "give the shared call a deadline, and wait with DoChan and ctx.Done() in a select",
			Source: "https://pkg.go.dev/golang.org/x/sync/singleflight#Group.DoChan",
			Since:  "golang.org/x/sync v0.1.0",
			// Callers of DoChan wait in code of their own, and the first caller runs the function.
			Match: all(state("sync.WaitGroup.Wait", "semacquire"), in("golang.org/x/sync/singleflight.(*Group).Do")),
		},
	}
}

// locks holds the causes of package sync. The state alone is not enough: it
// says "sync.Mutex.Lock" for the second writer of an RWMutex and for a Once,
// and said "semacquire" for a WaitGroup until Go 1.23.
func locks() []Cause {
	return []Cause{
		{
			ID:     "once-recursive",
			Title:  "waiting for a sync.Once that it is running itself",
			Why:    "the function given to Do calls Do of the same Once, which waits for that function",
			Fix:    "split the function: move the part that the inner call needs into a Once of its own",
			Source: "https://pkg.go.dev/sync#Once.Do",
			// The wait is for the Mutex in the Once.
			Match: all(state("sync.Mutex.Lock"), in(runsOnce), (*Look).recursiveOnce),
		}, {
			ID:     "once-wait",
			Title:  "waiting for the function of a sync.Once",
			Why:    "the first caller of Do runs the function, which does not return, and other callers wait for it",
			Fix:    "find what the function waits for; give it a deadline",
			Source: "https://pkg.go.dev/sync#Once.Do",
			Match:  all(state("sync.Mutex.Lock"), in(runsOnce)),
		}, {
			ID:     "rw-two-writers",
			Title:  "waiting behind another writer of a sync.RWMutex",
			Why:    "the other writer holds the lock or waits for readers, and makes no progress",
			Fix:    "find what that writer waits for; defer mu.Unlock() and mu.RUnlock() right after the lock",
			Source: "https://pkg.go.dev/sync#RWMutex.Lock",
			Since:  "go1.20",
			// Writers come to terms over a Mutex, and only the first waits for the readers.
			Match: all(state("sync.Mutex.Lock"), in("sync.(*RWMutex).Lock")),
		}, {
			ID:     "mutex-lock",
			Title:  "waiting to lock a sync.Mutex",
			Why:    "the holder of the lock never unlocks it, or this goroutine holds it already",
			Fix:    "defer mu.Unlock() right after Lock, and take several locks in one order",
			Source: "https://pkg.go.dev/sync#Mutex.Lock",
			Since:  "go1.20",
			// After a Once and an RWMutex, which wait for their own Mutex in this state.
			Match: state("sync.Mutex.Lock"),
		}, {
			ID:     "rw-recursive",
			Title:  "waiting to read-lock a sync.RWMutex that it has read-locked",
			Why:    "a writer called Lock in between: it waits for the first RLock, and the second RLock waits for it",
			Fix:    "read-lock once in a call chain: give the inner function a variant that expects the lock held",
			Source: "https://pkg.go.dev/sync#RWMutex",
			Since:  "go1.20",
			// The state comes first: recursive reads source.
			Match: all(state("sync.RWMutex.RLock"), func(l *Look) bool { return l.recursive() }),
		}, {
			ID:     "rw-reader",
			Title:  "waiting to read-lock a sync.RWMutex",
			Why:    "a writer holds it, or waits for a reader that does not unlock; that reader may be this goroutine",
			Fix:    "defer mu.Unlock() and mu.RUnlock() right after the lock, and read-lock once in a call chain",
			Source: "https://pkg.go.dev/sync#RWMutex.RLock",
			Since:  "go1.20",
			Match:  state("sync.RWMutex.RLock"),
		}, {
			ID:     "rw-writer",
			Title:  "waiting to lock a sync.RWMutex",
			Why:    "a reader or writer never unlocks it",
			Fix:    "defer mu.RUnlock() and mu.Unlock() right after the lock",
			Source: "https://pkg.go.dev/sync#RWMutex.Lock",
			Since:  "go1.20",
			Match:  state("sync.RWMutex.Lock"),
		}, {
			ID:     "wg-wait",
			Title:  "waiting for a sync.WaitGroup",
			Why:    "a Done is missing, or a goroutine that it waits for is stuck",
			Fix:    "start the goroutines with wg.Go(f), or make defer wg.Done() their first line",
			Source: "https://pkg.go.dev/sync#WaitGroup",
			Lint:   "go vet (waitgroup)",
			// The state was "semacquire" until Go 1.23, which others have too.
			Match: in("sync.(*WaitGroup).Wait"),
		}, {
			ID:     "cond-wait",
			Title:  "waiting for a sync.Cond",
			Why:    "no Signal or Broadcast came after the wait began",
			Fix:    "Broadcast at shutdown and test the condition in a loop, or use a channel",
			Source: "https://pkg.go.dev/sync#Cond",
			Match:  state("sync.Cond.Wait"),
		},
	}
}
