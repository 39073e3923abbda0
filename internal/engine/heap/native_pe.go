//go:build windows

package heap

// nativeSymbols reads the tables of this system's executables.
func nativeSymbols(path string) ([]symbol, error) { return peSymbols(path) }
