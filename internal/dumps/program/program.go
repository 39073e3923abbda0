// Package program reads an executable to say what is at the addresses in a heap
// dump of it: files and lines of calls, names of variables and, by their types,
// the way from a variable to an object.
//
// The linker may leave them out: without DWARF (-ldflags=-w) there are
// no ways, and without symbols (-s) no names of variables either. Files and lines
// are always there, except in a stripped program for Windows. Missing parts are left
// out of a report and are no error.
package program

import (
	"debug/dwarf"
	"debug/gosym"
	"errors"
	"fmt"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
)

// Program is an executable next to a dump of it. It implements [heap.Names].
type Program struct {
	image *image
	table *gosym.Table // with addresses from the start of the code
	code  uint64       // where that lies in the memory of the dump
	slide uint64       // what the loader added to the addresses in the file

	symbols *heap.Symbols
	memory  memory
	dwarf   *dwarf.Data // nil if there is none
	types   *types
	calls   map[uint64][]heap.Call
}

// memory is the memory of the process that was dumped. *heap.Graph implements it.
type memory interface {
	Memory(addr uint64, n int) []byte
	Object(addr uint64) (from, to uint64)
	Entries() map[string]uint64
	Data() uint64
	PointerSize() int
}

// Open reads the executable at path, which wrote the dump m. It fails if that
// cannot be: functions lie elsewhere in it.
func Open(path string, m *heap.Graph) (*Program, error) {
	return open(path, m)
}

func open(path string, m memory) (*Program, error) {
	img, err := readImage(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p := &Program{image: img, memory: m, calls: map[uint64][]heap.Call{}}
	if len(img.pclntab) > 0 {
		// NewTable panics on a table that is none.
		if err := p.readTable(); err != nil {
			return nil, fmt.Errorf("%s: the table of functions cannot be read: %w", path, err)
		}
		if err := p.locate(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	p.slide = p.offset()
	p.symbols = heap.NewSymbols(img.symbols, p.slide)
	if p.dwarf, err = img.dwarf(); err == nil {
		p.types = newTypes(p)
	} else {
		p.dwarf = nil
	}
	return p, nil
}

func (p *Program) readTable() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	p.table, err = gosym.NewTable(nil, gosym.NewLineTable(p.image.pclntab, 0))
	return err
}

// errOther says that the dump is of another program.
var errOther = errors.New("it is not the program that wrote the dump, or not the same build of it")

// locate finds where the code was loaded: all functions of the dump lie at the
// same distance from where the table has them.
func (p *Program) locate() error {
	const enough = 200
	distances := map[uint64]int{}
	known, n := 0, 0
	for name, entry := range p.memory.Entries() {
		if f := p.table.LookupFunc(name); f != nil {
			distances[entry-f.Entry]++
			known++
		}
		if n++; n == enough {
			break
		}
	}
	for distance, n := range distances {
		if n == known && known > 0 {
			p.code = distance
			return nil
		}
	}
	return errOther
}

// offset is what the loader added to the addresses of variables.
func (p *Program) offset() uint64 {
	if p.image.data == 0 {
		return 0
	}
	return p.memory.Data() - p.image.data
}

// Func implements [heap.Names].
func (p *Program) Func(entry uint64) string {
	if p.table == nil {
		return ""
	}
	if f := p.table.PCToFunc(entry - p.code); f != nil && f.Entry == entry-p.code {
		return f.Name
	}
	return ""
}

// Calls implements [heap.Names].
func (p *Program) Calls(pc uint64) []heap.Call {
	if p.table == nil {
		return nil
	}
	if calls, ok := p.calls[pc]; ok {
		return calls
	}
	file, line, f := p.table.PCToLine(pc - p.code)
	var calls []heap.Call
	if f != nil {
		calls = p.inlined(pc-p.slide, heap.Call{Func: f.Name, File: file, Line: line})
	}
	p.calls[pc] = calls
	return calls
}

// Variable implements [heap.Names].
func (p *Program) Variable(addr uint64, way []uint64) (path string) {
	v, start := p.symbols.Find(addr)
	if v.Name == "" || p.types == nil || len(way) == 0 {
		return v.Name
	}
	path = v.Name
	defer func() { _ = recover() }() // types that make no sense
	return p.types.path(v, start, addr, way)
}
