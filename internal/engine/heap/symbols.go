package heap

import (
	"cmp"
	"os"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// symbols are the package-level variables of a program, by address.
type symbols struct {
	vars  []symbol
	slide uint64 // what the loader added to the addresses in the file
}

type symbol struct {
	addr, size uint64
	name       string
}

// anchor is the variable whose address in memory and in the file tell where
// the program was loaded.
var anchor = 1

// anchorName is its name in the symbol table.
var anchorName = reflect.TypeFor[Graph]().PkgPath() + ".anchor"

// readSymbols reads the symbol table of an executable in one format. It returns
// nil where the linker left the table out, as go test does for a run that keeps
// no binary.
func readSymbols(path string, read func(string) ([]symbol, error)) *symbols {
	vars, err := read(path)
	if err != nil {
		return nil
	}
	vars = slices.DeleteFunc(vars, func(v symbol) bool { return markers[v.name] })
	if len(vars) == 0 {
		return nil
	}
	sorting.Stable(vars, func(a, b symbol) int {
		return cmp.Or(cmp.Compare(a.addr, b.addr), strings.Compare(a.name, b.name))
	})
	return &symbols{vars: vars}
}

// markers are the linker's names for where sections begin and end.
var markers = map[string]bool{
	"runtime.data": true, "runtime.edata": true, "runtime.bss": true, "runtime.ebss": true,
	"runtime.noptrdata": true, "runtime.enoptrdata": true, "runtime.noptrbss": true, "runtime.enoptrbss": true,
	"runtime.end": true,
}

// ownSymbols reads the symbols of this program and finds where it was loaded.
func ownSymbols() *symbols {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	s := readSymbols(path, nativeSymbols)
	if s == nil {
		return nil
	}
	i := slices.IndexFunc(s.vars, func(v symbol) bool { return v.name == anchorName })
	if i < 0 {
		return nil
	}
	s.slide = uint64(uintptr(unsafe.Pointer(&anchor))) - s.vars[i].addr
	return s
}

// name returns the variable that an address in memory lies in, or "".
func (s *symbols) name(addr uint64) string {
	if s == nil {
		return ""
	}
	addr -= s.slide
	i, found := slices.BinarySearchFunc(s.vars, addr, func(v symbol, addr uint64) int {
		return cmp.Compare(v.addr, addr)
	})
	if !found {
		i--
	}
	if i < 0 {
		return ""
	}
	// Tables without sizes: a variable ends where the next one begins.
	if v := s.vars[i]; v.size == 0 || addr-v.addr < v.size {
		return v.name
	}
	return ""
}
