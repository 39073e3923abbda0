package heap

import (
	"cmp"
	"encoding/binary"
	"os"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/leakcheck-go/goroutine/internal/engine/sorting"
)

// Symbols are the package-level variables of a program, by address.
type Symbols struct {
	vars  []Symbol
	slide uint64 // what the loader added to the addresses in the file
}

// Symbol is one variable. The size is 0 where the table does not say it.
type Symbol struct {
	Addr, Size uint64
	Name       string
}

// anchor is the variable whose address in memory and in the file tell where
// the program was loaded.
var anchor = 1

// anchorName is its name in the symbol table.
var anchorName = reflect.TypeFor[Graph]().PkgPath() + ".anchor"

// readSymbols reads the symbol table of an executable in one format. It returns
// nil where the linker left the table out, as go test does for a run that keeps
// no binary.
func readSymbols(path string, table func(*executable) []Symbol) *Symbols {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	o := &executable{file: f, size: uint64(info.Size()), order: binary.LittleEndian}
	vars := table(o)
	if o.err != nil {
		return nil
	}
	return NewSymbols(vars, 0)
}

// NewSymbols orders the symbols of a program, to which the loader added slide. It
// returns nil if there are none.
func NewSymbols(vars []Symbol, slide uint64) *Symbols {
	vars = slices.DeleteFunc(vars, func(v Symbol) bool { return markers[v.Name] })
	if len(vars) == 0 {
		return nil
	}
	sorting.Stable(vars, func(a, b Symbol) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), strings.Compare(a.Name, b.Name))
	})
	return &Symbols{vars: vars, slide: slide}
}

// markers are the linker's names for where sections begin and end.
var markers = map[string]bool{
	"runtime.data": true, "runtime.edata": true, "runtime.bss": true, "runtime.ebss": true,
	"runtime.noptrdata": true, "runtime.enoptrdata": true, "runtime.noptrbss": true, "runtime.enoptrbss": true,
	"runtime.end": true,
}

// ownSymbols reads the symbols of this program and finds where it was loaded.
func ownSymbols() *Symbols {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	s := readSymbols(path, native())
	if s == nil {
		return nil
	}
	i := slices.IndexFunc(s.vars, func(v Symbol) bool { return v.Name == anchorName })
	if i < 0 {
		return nil
	}
	s.slide = uint64(uintptr(unsafe.Pointer(&anchor))) - s.vars[i].Addr
	return s
}

// name returns the variable that an address in memory lies in, or "".
func (s *Symbols) name(addr uint64) string {
	v, _ := s.Find(addr)
	return v.Name
}

// Find returns the variable that an address in memory lies in, and where in
// memory it begins.
func (s *Symbols) Find(addr uint64) (v Symbol, start uint64) {
	if s == nil {
		return Symbol{}, 0
	}
	addr -= s.slide
	i := floor(s.vars, addr, func(v Symbol) uint64 { return v.Addr })
	if i < 0 {
		return Symbol{}, 0
	}
	// Tables without sizes: a variable ends where the next one begins, or memory
	// without a name.
	if v := s.vars[i]; v.Size == 0 || addr-v.Addr < v.Size {
		return v, v.Addr + s.slide
	}
	return Symbol{}, 0
}
