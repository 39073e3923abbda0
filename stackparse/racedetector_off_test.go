//go:build !race

package stackparse

// raceEnabled says that the race detector is on, which makes all ten times as slow.
const raceEnabled = false
