//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd

package heap

import (
	"errors"
	"os"
)

func mapFile(*os.File) (data []byte, unmap func(), err error) { return nil, nil, errors.ErrUnsupported }
