package resource

import (
	"strconv"
	"strings"
)

// parsePS reads the children of a process from what ps prints with
// -o pid=,ppid=,stat=,lstart=,command=.
func parsePS(text string, parent int) []Thing {
	var things []Thing
	for line := range strings.Lines(text) {
		f := strings.Fields(line) // 12 1 Ss Mon Jan 2 15:04:05 2006 /sbin/x -d
		if len(f) < 8 || f[1] != strconv.Itoa(parent) {
			continue
		}
		pid, err := strconv.Atoi(f[0])
		if err != nil {
			continue
		}
		// The words of a date depend on the locale. Only whether two are equal counts, so
		// they are mixed to a number and not parsed.
		var started uint64
		for _, c := range []byte(strings.Join(f[3:8], " ")) {
			started = started*1099511628211 ^ uint64(c)
		}
		things = append(things, Thing{
			ID: ID{Child: true, Number: pid, Serial: started}, Kind: Child,
			Ended: strings.HasPrefix(f[2], "Z"), What: strings.Join(f[8:], " "),
		})
	}
	return things
}
