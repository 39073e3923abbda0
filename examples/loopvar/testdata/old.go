//go:build go1.21

// Package loops has the form that go vet knows: the go statement is the last of
// the loop.
package loops

// Each calls work for each of the names at the same time.
func Each(names []string, work func(string)) {
	for _, name := range names {
		go func() {
			work(name)
		}()
	}
}
