package heap

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"strings"
)

// Packages debug/elf, debug/macho and debug/pe read far more than a symbol
// table: with the decompression that they bring they weigh 350 KB in every
// test binary.

// native is what reads the table of this system's executables.
func native() func(*executable) []Symbol {
	switch runtime.GOOS {
	case "darwin":
		return machoSymbols
	case "windows":
		return peSymbols
	}
	return elfSymbols
}

// executable is one that is read in pieces.
type executable struct {
	file  *os.File
	size  uint64
	order binary.ByteOrder
	err   error // the first that occurred; what is read after it is empty
}

var errFormat = errors.New("not an executable that can be read")

// fail records that the file is not of the format, or broken.
func (o *executable) fail() { o.err = cmp.Or(o.err, errFormat) }

// read returns n bytes from off on.
func (o *executable) read(off, n uint64) piece {
	// A broken size must not allocate more than the file has.
	if off > o.size || n > o.size-off {
		o.fail()
	}
	if o.err != nil {
		return piece{o: o}
	}
	data := make([]byte, n)
	_, o.err = o.file.ReadAt(data, int64(off))
	return piece{o, data}
}

// piece is a part of an executable. Reading outside of it is an error and yields
// zero.
type piece struct {
	o    *executable
	data []byte
}

func (p piece) cut(off, n uint64) []byte {
	if off > uint64(len(p.data)) || n > uint64(len(p.data))-off {
		p.o.fail()
		return make([]byte, 8)
	}
	return p.data[off : off+n]
}

func (p piece) u16(off uint64) uint64 { return uint64(p.o.order.Uint16(p.cut(off, 2))) }
func (p piece) u32(off uint64) uint64 { return uint64(p.o.order.Uint32(p.cut(off, 4))) }
func (p piece) u64(off uint64) uint64 { return p.o.order.Uint64(p.cut(off, 8)) }

// text returns the string that begins at off and ends before a zero byte, or
// after most bytes.
func (p piece) text(off, most uint64) string {
	if off > uint64(len(p.data)) {
		return ""
	}
	s := p.data[off:min(off+most, uint64(len(p.data)))]
	if end := bytes.IndexByte(s, 0); end >= 0 {
		s = s[:end]
	}
	return string(s)
}

// maxSymbol bounds a name: those of instantiated functions can be long, and no
// variable has one.
const maxSymbol = 1 << 10

// elfSymbols takes the symbols that are objects with a size.
func elfSymbols(o *executable) (vars []Symbol) {
	head := o.read(0, 0x40)
	if head.text(0, 4) != "\x7fELF" {
		o.fail()
		return nil
	}
	if head.data[5] == 2 {
		o.order = binary.BigEndian
	}
	// The headers of files for 32 bits have the same fields at other places.
	word, f := piece.u64, elfFields{shoff: 0x28, shentsize: 0x3a, offset: 0x18, size: 0x20, link: 0x28, sym: 24, info: 4,
		value: 8, length: 16}
	if head.data[4] == 1 {
		word, f = piece.u32, elfFields{shoff: 0x20, shentsize: 0x2e, offset: 0x10, size: 0x14, link: 0x18, sym: 16, info: 12,
			value: 4, length: 8}
	}
	start, size, count := word(head, f.shoff), head.u16(f.shentsize), head.u16(f.shentsize+2)
	sections := o.read(start, size*count)
	content := func(i uint64) piece {
		return o.read(word(sections, i*size+f.offset), word(sections, i*size+f.size))
	}
	const symtab, variable = 2, 1 // SHT_SYMTAB, STT_OBJECT
	for i := range count {
		if sections.u32(i*size+4) != symtab {
			continue
		}
		table, names := content(i), content(sections.u32(i*size+f.link))
		for at := uint64(0); at+f.sym <= uint64(len(table.data)); at += f.sym {
			n := word(table, at+f.length)
			if table.data[at+f.info]&0xf == variable && n > 0 {
				vars = append(vars, Symbol{word(table, at+f.value), n, names.text(table.u32(at), maxSymbol)})
			}
		}
	}
	return vars
}

// elfFields says where fields lie in the header of the file (those that begin
// with sh), in that of a section and in a symbol.
type elfFields struct{ shoff, shentsize, offset, size, link, sym, info, value, length uint64 }

// machoSymbols takes the symbols of all sections but those of the code.
func machoSymbols(o *executable) (vars []Symbol) {
	const magic64, header = 0xfeedfacf, 32
	head := o.read(0, header)
	if head.u32(0) != magic64 {
		o.fail()
		return nil
	}
	const symtab, segment64 = 0x2, 0x19 // LC_SYMTAB, LC_SEGMENT_64
	commands := o.read(header, head.u32(20))
	code := []bool{true} // of each section; they are counted from 1, and 0 is none
	var table, names piece
	for at, i := uint64(0), uint64(0); i < head.u32(16) && o.err == nil; i++ {
		switch commands.u32(at) {
		case segment64:
			for range min(commands.u32(at+64), 256) { // a symbol has a byte for its section
				code = append(code, commands.text(at+8, 16) == "__TEXT")
			}
		case symtab:
			table, names = o.read(commands.u32(at+8), 16*commands.u32(at+12)), o.read(commands.u32(at+16), commands.u32(at+20))
		}
		at += max(commands.u32(at+4), 8)
	}
	for at := uint64(0); at+16 <= uint64(len(table.data)); at += 16 {
		if section := int(table.data[at+5]); section < len(code) && !code[section] {
			// The linker puts an underscore before every name.
			name := strings.TrimPrefix(names.text(table.u32(at), maxSymbol), "_")
			vars = append(vars, Symbol{Addr: table.u64(at + 8), Name: name})
		}
	}
	return vars
}

// peSymbols takes the symbols of all sections but that of the code. Their
// values count from the start of the section.
func peSymbols(o *executable) (vars []Symbol) {
	const header, section, size = 24, 40, 18
	start := o.read(0x3c, 4).u32(0)
	head := o.read(start, header)
	if head.text(0, 4) != "PE" {
		o.fail()
		return nil
	}
	count, at, n := head.u16(6), head.u32(12), head.u32(16)
	sections := o.read(start+header+head.u16(20), count*section)
	table := o.read(at, n*size)
	length := o.read(at+n*size, 4).u32(0)
	names := o.read(at+n*size, length)
	for i := uint64(0); i < n && o.err == nil; i++ {
		s := i * size
		i += uint64(table.cut(s+17, 1)[0]) // what follows describes this symbol
		in := table.u16(s + 12)
		// Section 0 is of symbols without an address, and the numbers above count (they
		// are negative there) are of absolute values and of debug symbols.
		if in == 0 || in > count || sections.text((in-1)*section, 8) == ".text" {
			continue
		}
		name := table.text(s, 8)
		if name == "" { // a long one lies in the table of strings
			name = names.text(table.u32(s+4), maxSymbol)
		}
		vars = append(vars, Symbol{Addr: sections.u32((in-1)*section+12) + table.u32(s+8), Name: name})
	}
	return vars
}
