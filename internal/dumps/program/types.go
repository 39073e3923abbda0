package program

import (
	"debug/dwarf"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/heap"
)

// types are what DWARF says of variables.
type types struct {
	*Program
	variables map[string]dwarf.Offset // the type of each
	dynamic   map[uint64]dwarf.Offset // types by where the runtime describes them
	known     map[string]dwarf.Type
	looks     int // values that one search may still look at
}

// What the Go linker adds to DWARF.
const attrRuntimeType = dwarf.Attr(0x2904)

// newTypes reads where the types of all variables are.
func newTypes(p *Program) *types {
	t := &types{Program: p, variables: map[string]dwarf.Offset{}, dynamic: map[uint64]dwarf.Offset{},
		known: map[string]dwarf.Type{}}
	r := p.dwarf.Reader()
	for {
		e, err := r.Next()
		if err != nil || e == nil {
			return t
		}
		if e.Tag == dwarf.TagCompileUnit {
			continue
		}
		if e.Tag == dwarf.TagVariable {
			name, _ := e.Val(dwarf.AttrName).(string)
			if off, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok && name != "" {
				t.variables[name] = off
			}
		}
		if addr, ok := e.Val(attrRuntimeType).(uint64); ok && addr != 0 {
			t.dynamic[addr] = e.Offset
		}
		if e.Children {
			r.SkipChildren()
		}
	}
}

// typeOf returns the type of a variable, nil where it is not known.
func (t *types) typeOf(name string) dwarf.Type {
	if typ, ok := t.known[name]; ok {
		return typ
	}
	var typ dwarf.Type
	if off, ok := t.variables[name]; ok {
		typ, _ = t.dwarf.Type(off)
	}
	t.known[name] = typ
	return typ
}

// The bounds of a search: values that are looked at on the way, and bytes of a
// path and of a map's key.
const (
	maxLooks = 1 << 20
	maxPath  = 200
	maxKey   = 40
)

// path returns the expression that leads from the variable v, which begins at
// start, by the pointer at addr through the objects of a way. It ends where the
// types do not tell.
func (t *types) path(v heap.Symbol, start, addr uint64, way []uint64) string {
	typ := t.typeOf(v.Name)
	if typ == nil {
		return v.Name
	}
	t.looks = maxLooks
	path := v.Name
	at := place{kind: aValue, typ: typ, addr: start}
	for i, o := range way {
		from, to := t.memory.Object(o)
		s := step{types: t, wants: func(slot, value uint64) bool {
			return value >= from && value < to && (i > 0 || slot == addr)
		}}
		text, ok := s.from(at)
		if !ok || len(path)+len(text) > maxPath {
			break
		}
		path += text
		at = s.next
	}
	return path
}

// place is where a way is: in front of one value or several.
type place struct {
	kind placeKind
	typ  dwarf.Type // of a value or an element; of the map and its tables what the linker made of them
	addr uint64
	n    uint64 // elements
}

type placeKind int

const (
	aValue placeKind = iota
	elements
	aMap
	directory
	aTable
	groups
	unknown // no types lead on
)

// step looks for the pointer to the next object.
type step struct {
	*types
	wants func(slot, value uint64) bool
	next  place // what the pointer leads to
}

// from looks in all that is at a place.
func (s *step) from(at place) (text string, ok bool) {
	switch at.kind {
	case aValue:
		return s.in(at.typ, at.addr)
	case elements:
		return s.elements(at.typ, at.addr, at.n)
	case aMap:
		return s.inMap(at)
	case directory:
		for i := uint64(0); i < at.n && s.look(); i++ {
			if s.hit(at.addr+i*s.size(), place{kind: aTable, typ: at.typ}) {
				return "", true
			}
		}
	case aTable:
		return s.inTable(at)
	case groups:
		return s.inGroups(at)
	}
	return "", false
}

func (s *step) look() bool {
	s.looks--
	return s.looks > 0
}

func (s *step) size() uint64 { return uint64(s.memory.PointerSize()) }

// hit reports whether the pointer at an address is the one. It leads to next.
func (s *step) hit(slot uint64, next place) bool {
	value, ok := s.word(slot)
	if !ok || value == 0 || !s.wants(slot, value) {
		return false
	}
	next.addr = value
	s.next = next
	return true
}

// in looks in a value for the pointer, and returns the expression that selects it.
func (s *step) in(typ dwarf.Type, addr uint64) (text string, ok bool) {
	if !s.look() {
		return "", false
	}
	switch u := under(typ).(type) {
	case *dwarf.PtrType:
		next := place{kind: aValue, typ: u.Type}
		switch m := structOf(u.Type); {
		case m != nil && strings.HasPrefix(m.StructName, "map<"):
			next.kind = aMap
		case isVoid(u.Type):
			next.kind = unknown
		}
		return "", s.hit(addr, next)
	case *dwarf.FuncType:
		return "", s.hit(addr, place{kind: unknown})
	case *dwarf.ArrayType:
		return s.elements(u.Type, addr, uint64(max(u.Count, 0)))
	case *dwarf.StructType:
		return s.inStruct(u, addr)
	}
	return "", false
}

// under is the type behind names, and structOf the struct, nil where it is none.
func under(typ dwarf.Type) dwarf.Type {
	for {
		def, ok := typ.(*dwarf.TypedefType)
		if !ok {
			return typ
		}
		typ = def.Type
	}
}

func structOf(typ dwarf.Type) *dwarf.StructType {
	u, _ := under(typ).(*dwarf.StructType)
	return u
}

func isVoid(typ dwarf.Type) bool {
	_, void := under(typ).(*dwarf.VoidType)
	return void || typ == nil
}

// elements looks in n values, one after the other.
func (s *step) elements(typ dwarf.Type, addr, n uint64) (text string, ok bool) {
	size := uint64(max(typ.Size(), 0))
	if size == 0 {
		return "", false
	}
	for i := uint64(0); i < n && s.looks > 0; i++ {
		if text, ok := s.in(typ, addr+i*size); ok {
			return fmt.Sprintf("[%d]%s", i, text), true
		}
	}
	return "", false
}

func (s *step) inStruct(u *dwarf.StructType, addr uint64) (text string, ok bool) {
	switch name := u.StructName; {
	case name == "string":
		return "", s.hit(addr, place{kind: unknown})
	case strings.HasPrefix(name, "[]"):
		array, n := field(u, "array"), field(u, "len")
		if array == nil || n == nil {
			return "", false
		}
		elem, isPtr := under(array.Type).(*dwarf.PtrType)
		count, _ := s.word(addr + uint64(n.ByteOffset))
		return "", isPtr && s.hit(addr, place{kind: elements, typ: elem.Type, n: count})
	case name == "runtime.iface":
		tab, _ := s.word(addr)
		dynamic, _ := s.word(tab + s.size()) // runtime/runtime2.go: itab.Type
		return s.inInterface(dynamic, addr+s.size())
	case name == "runtime.eface":
		dynamic, _ := s.word(addr)
		return s.inInterface(dynamic, addr+s.size())
	case strings.HasPrefix(name, "sync/atomic.Pointer["):
		if v := field(u, "v"); v != nil {
			return ".Load()", s.hit(addr+uint64(v.ByteOffset), place{kind: aValue, typ: pointedTo(u)})
		}
	}
	for _, f := range u.Field {
		if text, ok := s.in(f.Type, addr+uint64(f.ByteOffset)); ok {
			return "." + f.Name + text, true
		}
	}
	return "", false
}

// pointedTo is the T of an atomic.Pointer[T], of which one field is a [0]*T.
func pointedTo(u *dwarf.StructType) dwarf.Type {
	for _, f := range u.Field {
		if a, ok := under(f.Type).(*dwarf.ArrayType); ok {
			if p, ok := under(a.Type).(*dwarf.PtrType); ok {
				return p.Type
			}
		}
	}
	return &dwarf.VoidType{}
}

// inInterface looks in the value of an interface. A pointer is stored at addr
// itself, anything else behind the pointer there.
func (s *step) inInterface(dynamic, addr uint64) (text string, ok bool) {
	typ := s.described(dynamic)
	if typ == nil {
		return "", s.hit(addr, place{kind: unknown})
	}
	switch under(typ).(type) {
	case *dwarf.PtrType, *dwarf.FuncType:
		return s.in(typ, addr)
	}
	return "", s.hit(addr, place{kind: aValue, typ: typ})
}

// described returns the type that the runtime describes at an address, nil where
// it is not known.
func (t *types) described(addr uint64) dwarf.Type {
	off, ok := t.dynamic[addr-t.slide]
	if !ok { // the linker counts from the first where the program can be loaded anywhere
		off, ok = t.dynamic[addr-t.slide-t.image.types]
	}
	if !ok {
		return nil
	}
	typ, err := t.dwarf.Type(off)
	if err != nil {
		return nil
	}
	return typ
}

// inMap looks in internal/runtime/maps.Map: one group, or a directory of tables.
func (s *step) inMap(at place) (text string, ok bool) {
	u := structOf(at.typ)
	dir, n := field(u, "dirPtr"), field(u, "dirLen")
	if dir == nil || n == nil {
		return "", false
	}
	tables, ok := s.word(at.addr + uint64(n.ByteOffset))
	table := target(target(dir.Type))
	next := place{kind: directory, typ: table, n: tables}
	if tables == 0 {
		next = place{kind: groups, typ: groupOf(table), n: 1}
	}
	return "", ok && s.hit(at.addr+uint64(dir.ByteOffset), next)
}

// inTable looks in one table of a map.
func (s *step) inTable(at place) (text string, ok bool) {
	u := structOf(at.typ)
	ref := field(u, "groups")
	if ref == nil {
		return "", false
	}
	r := structOf(ref.Type)
	data, mask := field(r, "data"), field(r, "lengthMask")
	if data == nil || mask == nil {
		return "", false
	}
	base := at.addr + uint64(ref.ByteOffset)
	n, ok := s.word(base + uint64(mask.ByteOffset))
	return "", ok && s.hit(base+uint64(data.ByteOffset), place{kind: groups, typ: groupOf(u), n: n + 1})
}

// groupOf is the type of a group of a table.
func groupOf(table dwarf.Type) dwarf.Type {
	u := structOf(table)
	if ref := field(u, "groups"); ref != nil {
		r := structOf(ref.Type)
		if data := field(r, "data"); data != nil {
			return target(data.Type)
		}
	}
	return nil
}

// inGroups looks in the slots of a map that are in use.
func (s *step) inGroups(at place) (text string, ok bool) {
	u := structOf(at.typ)
	g := newGroup(u)
	if g == nil {
		return "", false
	}
	for i := uint64(0); i < at.n && s.look(); i++ {
		base := at.addr + i*uint64(u.ByteSize)
		used := s.bytes(base+g.ctrl, slots)
		for slot := uint64(0); slot < slots && len(used) == slots; slot++ {
			if used[slot]&0x80 != 0 {
				continue
			}
			key, elem := base+g.key+slot*g.keyStep, base+g.elem+slot*g.elemStep
			text, ok := s.in(g.elemType, elem)
			if !ok {
				text, ok = s.in(g.keyType, key)
			}
			if ok {
				return "[" + s.key(g.keyType, key) + "]" + text, true
			}
		}
	}
	return "", false
}

// slots is how many entries of a map a group has.
const slots = 8

// group says where keys and elements lie in a group of a map.
type group struct {
	ctrl, key, elem, keyStep, elemStep uint64
	keyType, elemType                  dwarf.Type
}

// newGroup knows groups of slots, and those of keys followed by elements.
func newGroup(u *dwarf.StructType) *group {
	ctrl := field(u, "ctrl")
	if ctrl == nil {
		ctrl = field(u, "ctrls")
	}
	if ctrl == nil {
		return nil
	}
	g := &group{ctrl: uint64(ctrl.ByteOffset)}
	if all := field(u, "slots"); all != nil {
		a, _ := under(all.Type).(*dwarf.ArrayType)
		if a == nil {
			return nil
		}
		slot := structOf(a.Type)
		key, elem := field(slot, "key"), field(slot, "elem")
		if key == nil || elem == nil {
			return nil
		}
		g.key, g.elem = uint64(all.ByteOffset+key.ByteOffset), uint64(all.ByteOffset+elem.ByteOffset)
		g.keyStep, g.elemStep = uint64(slot.ByteSize), uint64(slot.ByteSize)
		g.keyType, g.elemType = key.Type, elem.Type
		return g
	}
	keys, elems := field(u, "keys"), field(u, "elems")
	if keys == nil || elems == nil {
		return nil
	}
	k, _ := under(keys.Type).(*dwarf.ArrayType)
	e, _ := under(elems.Type).(*dwarf.ArrayType)
	if k == nil || e == nil {
		return nil
	}
	g.key, g.elem = uint64(keys.ByteOffset), uint64(elems.ByteOffset)
	g.keyStep, g.elemStep = uint64(max(k.Type.Size(), 0)), uint64(max(e.Type.Size(), 0))
	g.keyType, g.elemType = k.Type, e.Type
	return g
}

// key is the key of a map as code writes it; "..." where it is no simple value.
func (s *step) key(typ dwarf.Type, addr uint64) string {
	typ = under(typ)
	size := uint64(max(typ.Size(), 0))
	switch u := typ.(type) {
	case *dwarf.StructType:
		if u.StructName != "string" {
			return "..."
		}
		ptr, _ := s.word(addr)
		n, ok := s.word(addr + s.size())
		if text := s.bytes(ptr, int(min(n, maxKey))); ok && (text != nil || n == 0) {
			if n > maxKey {
				return strconv.Quote(string(text) + "...")
			}
			return strconv.Quote(string(text))
		}
	case *dwarf.IntType:
		if b := s.bytes(addr, int(size)); b != nil && size <= 8 {
			shift := 64 - 8*size
			return strconv.FormatInt(int64(number(b)<<shift)>>shift, 10)
		}
	case *dwarf.UintType:
		if b := s.bytes(addr, int(size)); b != nil {
			return strconv.FormatUint(number(b), 10)
		}
	}
	return "..."
}

// field returns a field of a struct, nil if there is none.
func field(u *dwarf.StructType, name string) *dwarf.StructField {
	if u == nil {
		return nil
	}
	for _, f := range u.Field {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// target is what a pointer of the type leads to.
func target(typ dwarf.Type) dwarf.Type {
	if p, ok := under(typ).(*dwarf.PtrType); ok {
		return p.Type
	}
	return nil
}

// word reads a word of memory.
func (t *types) word(addr uint64) (value uint64, ok bool) {
	b := t.bytes(addr, t.memory.PointerSize())
	return number(b), b != nil
}

// bytes reads memory: the dump's, or what the program has there from its start.
func (t *types) bytes(addr uint64, n int) []byte {
	if b := t.memory.Memory(addr, n); b != nil {
		return b
	}
	return t.image.read(addr-t.slide, n)
}

// number is that of at most eight bytes.
func number(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}
