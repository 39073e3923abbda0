//go:build !unix

package corpus

import "testing"

// systemPrograms are the programs for systems of this kind.
func systemPrograms() map[string]func(*testing.T) { return nil }
