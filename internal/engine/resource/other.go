//go:build !linux && !darwin

package resource

// Descriptors returns [ErrUnsupported] on this system.
func Descriptors() (Set, error) { return nil, ErrUnsupported }

// Children returns [ErrUnsupported] on this system.
func Children() (Set, error) { return nil, ErrUnsupported }

// Describe does nothing on this system.
func Describe([]Thing, Set) {}

// Own reports nothing on this system.
func (t *Thing) Own() bool { return false }
