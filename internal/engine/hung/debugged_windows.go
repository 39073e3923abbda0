package hung

import "syscall"

var isDebuggerPresent = syscall.NewLazyDLL("kernel32.dll").NewProc("IsDebuggerPresent")

// debugged reports whether a debugger is attached to this process. A
// person who steps through a deadlock must not lose the process.
func debugged() bool {
	present, _, _ := isDebuggerPresent.Call()
	return present != 0
}
