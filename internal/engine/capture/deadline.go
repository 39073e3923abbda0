package capture

import (
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// ReadsForever reports whether g, a goroutine of this process that a dump has just
// shown, waits to read from a descriptor without a deadline for that. It is false
// where this is not known.
func ReadsForever(g *stackparse.Goroutine) bool {
	if len(g.Frames) == 0 || g.Frames[0].Func != "internal/poll.runtime_pollWait" {
		return false
	}
	// A "?" marks a value that may be stale, which no address has.
	record, mode, _ := strings.Cut(g.Frames[0].Args, ", ")
	addr, err := strconv.ParseUint(record, 0, strconv.IntSize)
	if err != nil || mode != "0x72" { // 'r'
		return false
	}
	at := deadlineAt()
	if at < 0 {
		return false
	}
	words := peek(uintptr(addr), at+1)
	return len(words) > at && words[at] == 0
}

// deadlineAt returns where the runtime's record of a descriptor (pollDesc in
// runtime/netpoll.go) has the deadline for reading, -1 where that is not found. A
// release may put it anywhere, so it is the word that changes with the deadline.
var deadlineAt = sync.OnceValue(func() int {
	const none, most = -1, 64
	r, w, err := os.Pipe()
	if err != nil {
		return none
	}
	defer r.Close()
	defer w.Close()
	addr, ok := pollRecord(r)
	if !ok {
		return none
	}
	const near, far, slack = 1000 * time.Hour, 3000 * time.Hour, time.Minute
	now := time.Now()
	var seen [3][]int64
	for i, at := range []time.Time{now.Add(near), now.Add(far), {}} {
		if r.SetReadDeadline(at) != nil {
			return none
		}
		seen[i] = peek(addr, most)
	}
	// The last one: before it is the timer, which has the same time.
	for i := min(len(seen[0]), len(seen[1]), len(seen[2])) - 1; i >= 0; i-- {
		d := time.Duration(seen[1][i] - seen[0][i])
		if d > far-near-slack && d < far-near+slack && seen[2][i] == 0 {
			return i
		}
	}
	return none
})

// pollRecord returns the address of the runtime's record of f.
func pollRecord(f *os.File) (addr uintptr, ok bool) {
	v := reflect.ValueOf(f).Elem()
	for _, name := range []string{"file", "pfd", "pd", "runtimeCtx"} {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return 0, false
		}
		v = v.FieldByName(name)
	}
	if v.Kind() != reflect.Uintptr || v.Uint() == 0 {
		return 0, false
	}
	return uintptr(v.Uint()), true
}

// peek returns the 8 bytes at each of n words from addr on, fewer where the memory
// ends. The records of descriptors are never given back, and lie outside of the heap,
// so no collection moves or frees them.
func peek(addr uintptr, n int) (words []int64) {
	if addr%unsafe.Alignof(addr) != 0 {
		return nil
	}
	// The address is one that a text shows. If it is none, that must not end the process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { _ = recover() }()
	for i := range n {
		at := addr + uintptr(i)*unsafe.Sizeof(addr)
		words = append(words, **(**int64)(unsafe.Pointer(&at)))
	}
	return words
}
