package program

import (
	"debug/dwarf"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
)

// image is what an executable has, whatever its format.
type image struct {
	pclntab  []byte
	symbols  []heap.Symbol // variables
	data     uint64        // address of the first variable with pointers, 0 where it is not known
	types    uint64        // address of the first type that the runtime describes
	dwarf    func() (*dwarf.Data, error)
	sections []section
}

// section is a part of the program as it is loaded.
type section struct {
	addr, size uint64
	io.ReaderAt
}

// maxTable bounds a table that is read into memory as a whole.
const maxTable = 1 << 30

func readImage(path string) (img *image, err error) {
	f, err := os.Open(path)
	if err != nil {
		if pe := (*os.PathError)(nil); errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, err
	}
	// The readers of formats panic on some files that are none.
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("not an executable: %v", r)
		}
	}()
	if e, err := elf.NewFile(f); err == nil {
		return fromELF(e)
	}
	if m, err := macho.NewFile(f); err == nil {
		return fromMachO(m)
	}
	if w, err := pe.NewFile(f); err == nil {
		return fromPE(w)
	}
	return nil, errors.New("not an executable for Linux, macOS, Windows or one of the BSDs")
}

// add takes a symbol of the linker's. variable says that it is not one of code.
func (img *image) add(name string, addr, size uint64, variable bool) {
	switch name {
	case "runtime.data":
		img.data = addr
	case "runtime.types":
		img.types = addr
	}
	if variable {
		img.symbols = append(img.symbols, heap.Symbol{Addr: addr, Size: size, Name: name})
	}
}

func fromELF(e *elf.File) (*image, error) {
	img := &image{dwarf: e.DWARF}
	for _, s := range e.Sections {
		if strings.HasSuffix(s.Name, ".gopclntab") && s.Size < maxTable {
			img.pclntab, _ = s.Data()
		}
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type == elf.SHT_PROGBITS {
			img.sections = append(img.sections, section{s.Addr, s.Size, s.ReaderAt})
		}
	}
	symbols, _ := e.Symbols() // an error if there are none
	for _, s := range symbols {
		img.add(s.Name, s.Value, s.Size, elf.ST_TYPE(s.Info) == elf.STT_OBJECT && s.Size > 0)
	}
	return img, nil
}

func fromMachO(m *macho.File) (*image, error) {
	img := &image{dwarf: m.DWARF}
	for _, s := range m.Sections {
		if s.Name == "__gopclntab" && s.Size < maxTable {
			img.pclntab, _ = s.Data()
		}
		if s.ReaderAt != nil {
			img.sections = append(img.sections, section{s.Addr, s.Size, s.ReaderAt})
		}
	}
	if m.Symtab == nil {
		return img, nil
	}
	for _, s := range m.Symtab.Syms {
		if i := int(s.Sect) - 1; i >= 0 && i < len(m.Sections) {
			// The linker puts an underscore before every name.
			img.add(strings.TrimPrefix(s.Name, "_"), s.Value, 0, m.Sections[i].Seg != "__TEXT")
		}
	}
	return img, nil
}

func fromPE(w *pe.File) (*image, error) {
	img := &image{dwarf: w.DWARF}
	var base uint64
	switch h := w.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		base = h.ImageBase
	case *pe.OptionalHeader32:
		base = uint64(h.ImageBase)
	}
	for _, s := range w.Sections {
		img.sections = append(img.sections, section{base + uint64(s.VirtualAddress), uint64(s.Size), s.ReaderAt})
	}
	var from, to uint64
	for _, s := range w.Symbols {
		if i := int(s.SectionNumber) - 1; i >= 0 && i < len(w.Sections) {
			addr := base + uint64(w.Sections[i].VirtualAddress) + uint64(s.Value)
			switch s.Name {
			case "runtime.pclntab":
				from = addr
			case "runtime.epclntab":
				to = addr
			}
			img.add(s.Name, addr, 0, w.Sections[i].Name != ".text")
		}
	}
	if from > 0 && to > from && to-from < maxTable {
		img.pclntab = img.read(from, int(to-from))
	}
	return img, nil
}

// read returns the n bytes that the program has at an address before it runs, nil
// where it has none.
func (img *image) read(addr uint64, n int) []byte {
	for _, s := range img.sections {
		if off := addr - s.addr; addr >= s.addr && off <= s.size && uint64(n) <= s.size-off {
			data := make([]byte, n)
			if _, err := s.ReadAt(data, int64(off)); err != nil {
				return nil
			}
			return data
		}
	}
	return nil
}
