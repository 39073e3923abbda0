package doublesend

import (
	"errors"
	"fmt"
)

// TotalWrong returns the size of all files together. It leaks a goroutine for
// each file that has an error.
func TotalWrong(names []string, stat Stat) (int64, error) {
	sizes := make(chan answer)
	for _, name := range names {
		go func() { // want "started"
			size, err := stat(name)
			if err != nil {
				sizes <- answer{err: fmt.Errorf("%s: %w", name, err)}
			}
			sizes <- answer{size: size} // want "at: chan-send"
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
