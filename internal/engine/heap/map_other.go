//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !windows

package heap

import (
	"errors"
	"os"
)

func mapFile(*os.File, int) (data []byte, unmap func(), err error) {
	return nil, nil, errors.ErrUnsupported
}
