package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/engine/report"
)

// profiles replaces reports that leakhttp's Dumper wrote, which are for people, by
// the profiles that it wrote with them, and leaves out those that are named
// already: of a folder of dumps each is read once. A report whose profile is not
// there is an error of its own.
func profiles(names []string) (out, notes []string, problems []error) {
	said := map[string]bool{}
	for _, name := range names {
		profile := name
		if isLiveText(name) {
			profile = strings.TrimSuffix(name, ".txt") + ".pb.gz"
			if _, err := os.Stat(profile); err != nil || profile == name {
				problems = append(problems, fmt.Errorf("%s: a report of leakhttp, not a dump; read a "+
					"profile instead (?format=pprof of the page, or the Dumper's .pb.gz)", name))
				continue
			}
			if !slices.Contains(names, profile) {
				notes = append(notes, fmt.Sprintf("%s is a report; its goroutines are read from %s, written with it", name,
					filepath.Base(profile)))
			}
		}
		if profile != name && (said[profile] || slices.Contains(names, profile)) {
			continue
		}
		said[profile] = true
		out = append(out, profile)
	}
	return out, notes, problems
}

// isLiveText reports whether a regular file is such a report.
func isLiveText(name string) bool {
	const begin = report.LiveName + ":"
	return string(startOf(name, len(begin))) == begin
}
