package cli

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/leakcheck-go/goroutine/internal/dumps/load"
)

// liveText is how the text begins that leakhttp writes of its own process.
var liveText = regexp.MustCompile(`^leakcheck: (no|\d+) goroutines? in the process( at \S+?)?(:|$)`)

// profiles replaces reports that leakhttp's Dumper wrote, which are for people, by
// the profiles that it wrote with them, and leaves out those that are named
// already: of a folder of dumps each is read once. A report whose profile is not
// there is an error of its own.
func profiles(names []string) (out, notes []string, problems []error) {
	said := map[string]bool{}
	for _, name := range names {
		profile := name
		if text, err := isLiveText(name); err == nil && text {
			profile = strings.TrimSuffix(name, ".txt") + ".pb.gz"
			if _, err := os.Stat(profile); err != nil || profile == name {
				problems = append(problems, fmt.Errorf("%s: a report of leakhttp and no dump; a profile (?format=pprof of the "+
					"page, or the Dumper's .pb.gz) has the goroutines", name))
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
func isLiveText(name string) (bool, error) {
	if name == load.Stdin || load.IsURL(name) {
		return false, nil
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 4<<10).ReadSlice('\n')
	if len(line) == 0 {
		return false, err
	}
	return liveText.MatchString(strings.TrimRight(string(line), "\r\n")), nil
}
