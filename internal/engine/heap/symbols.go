package heap

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"os"
	"reflect"
	"slices"
	"strings"
	"unsafe"
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

// readSymbols reads the symbol table of an executable in one format: a test
// binary links none but that of its system. It returns nil where
// the linker left it out, as go test does for a run that keeps no binary.
func readSymbols(path string, read func(string) ([]symbol, error)) *symbols {
	vars, err := read(path)
	if err != nil {
		return nil
	}
	vars = slices.DeleteFunc(vars, func(v symbol) bool { return markers[v.name] })
	if len(vars) == 0 {
		return nil
	}
	slices.SortFunc(vars, func(a, b symbol) int {
		switch {
		case a.addr < b.addr:
			return -1
		case a.addr > b.addr:
			return 1
		}
		return strings.Compare(a.name, b.name)
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
		switch {
		case v.addr < addr:
			return -1
		case v.addr > addr:
			return 1
		}
		return 0
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

func elfSymbols(path string) ([]symbol, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	var vars []symbol
	for _, s := range all {
		if elf.ST_TYPE(s.Info) == elf.STT_OBJECT && s.Size > 0 {
			vars = append(vars, symbol{s.Value, s.Size, s.Name})
		}
	}
	return vars, nil
}

// machoSymbols takes the symbols of all sections but that of the code.
func machoSymbols(path string) ([]symbol, error) {
	f, err := macho.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Symtab == nil {
		return nil, nil
	}
	var vars []symbol
	for _, s := range f.Symtab.Syms {
		if s.Sect == 0 || int(s.Sect) > len(f.Sections) || f.Sections[s.Sect-1].Seg == "__TEXT" {
			continue
		}
		// The linker puts an underscore before every name.
		vars = append(vars, symbol{addr: s.Value, name: strings.TrimPrefix(s.Name, "_")})
	}
	return vars, nil
}

// peSymbols takes the symbols of all sections but that of the code. Their
// values count from the start of the section.
func peSymbols(path string) ([]symbol, error) {
	f, err := pe.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var vars []symbol
	for _, s := range f.Symbols {
		i := int(s.SectionNumber) - 1
		if i < 0 || i >= len(f.Sections) || f.Sections[i].Name == ".text" {
			continue
		}
		vars = append(vars, symbol{addr: uint64(f.Sections[i].VirtualAddress) + uint64(s.Value), name: s.Name})
	}
	return vars, nil
}
