package doublesend

import (
	"errors"
	"fmt"
)

// Total returns the size of all files together. Files that have an error count
// for nothing, and every error is returned.
func Total(names []string, stat Stat) (int64, error) {
	sizes := make(chan answer)
	for _, name := range names {
		go func() {
			size, err := stat(name)
			if err != nil {
				sizes <- answer{err: fmt.Errorf("%s: %w", name, err)}
				return
			}
			sizes <- answer{size: size}
		}()
	}
	var total int64
	var errs []error
	for range names {
		a := <-sizes
		total += a.size
		errs = append(errs, a.err)
	}
	return total, errors.Join(errs...)
}
