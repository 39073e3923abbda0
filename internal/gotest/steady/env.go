package steady

import (
	"os"
	"slices"
	"strings"
)

// Env is the environment for a process whose output is compared: os.Environ
// without what would change that, which are the variables of leakcheck, all of
// them, and those in leftOut. What the process is to have of these is added.
func Env() []string { return without(os.Environ()) }

// leftOut are variables, with what they change.
var leftOut = map[string]string{
	"GITHUB_ACTIONS": "annotations are printed",
	"CLICOLOR":       "colours",
	"CLICOLOR_FORCE": "colours",
	"NO_COLOR":       "colours",
	"GODEBUG":        "what the runtime says in a dump, and in lines of its own",
	"GOTRACEBACK":    "which goroutines and frames a crash prints",
	"GORACE":         "where the race detector writes, and what ends the process",
}

// without returns what is left of env.
func without(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return leftOut[name] != "" || strings.HasPrefix(name, "LEAKCHECK_")
	})
}
