package heap

import "unsafe"

// hide returns an address in a form in which no dump shows it, so that a test
// can end a goroutine that nothing refers to. The goroutine itself keeps the
// object, which the collector does not move.
func hide[T any](p T) uintptr { return ^uintptr(*(*unsafe.Pointer)(unsafe.Pointer(&p))) }

// reveal undoes hide.
func reveal[T any](h uintptr) T {
	h = ^h
	return *(*T)(unsafe.Pointer(&h))
}
