package pprofile

import (
	"strings"

	"github.com/leakcheck-go/goroutine/stackparse"
)

// unknownArgs stands for arguments that a profile does not hold, as it does
// for those of inlined calls in a dump.
const unknownArgs = "..."

// foreign is the name that a dump gives to a function without one.
const foreign = "non-Go function"

// trim cuts out of frames those that runtime.Stack does not show. If that is
// all of them it cuts none, as debug=1 does.
func trim(frames []stackparse.Frame) []stackparse.Frame {
	kept := 0
	for i := range frames {
		if !isShown(frames[i].Func, i == 0) {
			continue
		}
		frames[kept] = frames[i]
		if frames[kept].Func == "runtime.gopanic" {
			frames[kept].Func = "panic" // as printFuncName has it
		}
		kept++
	}
	if kept == 0 {
		return frames
	}
	return frames[:kept]
}

// isShown is showfuncinfo of runtime/traceback.go at the level of
// runtime.Stack.
func isShown(fn string, first bool) bool {
	name, ok := strings.CutPrefix(fn, "runtime.")
	switch {
	case !ok:
		return true
	case name == "runFinalizers" || name == "runCleanups":
		return true
	case name == "gopanic":
		return !first
	}
	receiver := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		receiver, name = strings.Trim(name[:i], "(*)"), name[i+1:]
	}
	return isUpper(name) && (receiver == "" || isUpper(receiver))
}

func isUpper(name string) bool { return name != "" && 'A' <= name[0] && name[0] <= 'Z' }

// printed returns the name that dumps print for a function. Profiles hold full
// names, with type arguments, which may be types with arguments of their own.
func printed(fn string) string {
	if strings.IndexByte(fn, '[') < 0 {
		return fn
	}
	var b strings.Builder
	depth := 0
	for i := range len(fn) {
		switch {
		case fn[i] == '[':
			if depth++; depth == 1 {
				b.WriteString("[...]")
			}
		case fn[i] == ']':
			depth = max(depth-1, 0)
		case depth == 0:
			b.WriteByte(fn[i])
		}
	}
	return b.String()
}
