package program

import (
	"debug/dwarf"
	"slices"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
)

// inlined returns the calls at a program counter of the file, the innermost first.
// at is the function that the frame belongs to, and the line of the innermost call.
// Without DWARF that is all.
func (p *Program) inlined(pc uint64, at heap.Call) []heap.Call {
	calls := []heap.Call{at}
	if p.dwarf == nil {
		return calls
	}
	r := p.dwarf.Reader()
	unit, err := r.SeekPC(pc)
	if err != nil {
		return calls
	}
	files := p.files(unit)
	for {
		e, err := r.Next()
		if err != nil || e == nil || e.Tag == dwarf.TagCompileUnit {
			return calls
		}
		switch e.Tag {
		case 0:
			continue
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine, dwarf.TagLexDwarfBlock:
			if !p.covers(e, pc) {
				r.SkipChildren()
				continue
			}
		default:
			r.SkipChildren()
			continue
		}
		if e.Tag != dwarf.TagInlinedSubroutine {
			continue
		}
		name := p.origin(e)
		file, _ := e.Val(dwarf.AttrCallFile).(int64)
		line, _ := e.Val(dwarf.AttrCallLine).(int64)
		if name == "" || file < 0 || file >= int64(len(files)) || files[file] == nil {
			return calls
		}
		// The call that was the innermost so far is at the place of this one.
		inner := heap.Call{Func: name, File: calls[0].File, Line: calls[0].Line}
		calls[0].File, calls[0].Line = files[file].Name, int(line)
		calls = slices.Insert(calls, 0, inner)
	}
}

func (p *Program) covers(e *dwarf.Entry, pc uint64) bool {
	ranges, err := p.dwarf.Ranges(e)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(ranges, func(r [2]uint64) bool { return pc >= r[0] && pc < r[1] })
}

// origin is the name of the function that was inlined.
func (p *Program) origin(e *dwarf.Entry) string {
	off, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
	if !ok {
		return ""
	}
	r := p.dwarf.Reader()
	r.Seek(off)
	if e, err := r.Next(); err == nil && e != nil {
		name, _ := e.Val(dwarf.AttrName).(string)
		return name
	}
	return ""
}

func (p *Program) files(unit *dwarf.Entry) []*dwarf.LineFile {
	r, err := p.dwarf.LineReader(unit)
	if err != nil || r == nil {
		return nil
	}
	return r.Files()
}
