package engine

import (
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/capture"
	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// strangers says how to learn which line led to a goroutine of a library that
// another goroutine of the library started.
func strangers(cfg *Config, r *report.Report) []string {
	if cfg.NoAdvice {
		return nil
	}
	for i := range r.Findings {
		// The first is enough: the setting tells of all of them.
		if f := &r.Findings[i]; f.Started.Func != "" && f.InModule() == nil && len(f.Example.Ancestors) == 0 {
			return []string{"with GODEBUG=tracebackancestors=10 in the environment, a report names the line of your code " +
				"that called " + f.Started.Func}
		}
	}
	return nil
}

// afterwards says what runs only after the check of the process, and so cannot
// end the goroutines that it finds. Nothing could have ended a proven leak, so
// it needs no such note.
func afterwards(cfg *Config, r *report.Report) []string {
	if cfg.Afterwards == "" || r.Proven == r.Total {
		return nil
	}
	return []string{cfg.Afterwards + "; to close shared resources before the check, pass leakcheck a type " +
		"that embeds *testing.M and closes them in its Run method after M.Run"}
}

// advice says how to learn the test where a finding does not name it, or else
// the line.
func advice(cfg *Config, r *report.Report) []string {
	if cfg.NoAdvice {
		return nil
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		switch c := f.Example.Creator; {
		case f.Test != "":
		case c != nil && c.Goroutine == 0, len(f.Example.Ancestors) > 0:
			// The runtime's own timers inherit nothing from the goroutine that set them.
			return []string{"to find the test of a finding without an owner, run the tests in question one by one"}
		default:
			return []string{"to find the test of a finding without an owner, call leakcheck.Verify(t) at " +
				"the top of the tests in question, or run them with GODEBUG=tracebackancestors=10"}
		}
	}
	return strangers(cfg, r)
}

// DumpNotes says what of a dump was not understood: a newer runtime may print
// what this version does not know. The goroutines are kept anyway.
func DumpNotes(d capture.Dump) []string {
	if d.Problems == nil {
		return nil
	}
	first, _, _ := strings.Cut(d.Problems.Error(), "\n")
	return []string{"parts of the goroutine dump were not understood, please report this: " + first}
}
