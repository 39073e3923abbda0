//go:build !linux

package heap

import (
	"errors"
	"os"
)

func memory() (*os.File, error) { return nil, errors.ErrUnsupported }
