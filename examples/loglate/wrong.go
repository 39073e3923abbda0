package loglate

// Logf is a function such as t.Logf.
type Logf func(format string, args ...any)

// StartWrong starts a worker that logs the jobs that it gets. It leaks the
// worker, which may log at any time.
func StartWrong(jobs <-chan string, logf Logf) {
	go func() { // want "started"
		for job := range jobs { // want "at: chan-range"
			logf("did %s", job)
		}
	}()
}
