package resource

import (
	"hash/fnv"
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
		started := fnv.New64a()
		started.Write([]byte(strings.Join(f[3:8], " ")))
		things = append(things, Thing{
			ID: ID{Child: true, Number: pid, Serial: started.Sum64()}, Kind: Child,
			Ended: strings.HasPrefix(f[2], "Z"), What: strings.Join(f[8:], " "),
		})
	}
	return things
}
