package heap

import (
	"os"
	"syscall"
	"unsafe"
)

// mapFile maps a file of size bytes into memory.
func mapFile(f *os.File, size int) (data []byte, unmap func(), err error) {
	file, err := syscall.CreateFileMapping(syscall.Handle(f.Fd()), nil, syscall.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, nil, err
	}
	defer syscall.CloseHandle(file) // the view keeps the mapping
	addr, err := syscall.MapViewOfFile(file, syscall.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, nil, err
	}
	data = unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), size)
	return data, func() { _ = syscall.UnmapViewOfFile(addr) }, nil
}
