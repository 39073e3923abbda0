//go:build linux || darwin || freebsd || netbsd || openbsd

package heap

import (
	"os"
	"syscall"
)

// mapFile maps a file of size bytes into memory that only this process writes.
func mapFile(f *os.File, size int) (data []byte, unmap func(), err error) {
	data, err = syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED|populate)
	if err != nil {
		return nil, nil, err
	}
	return data, func() { _ = syscall.Munmap(data) }, nil
}
