//go:build race

package cli

// raceDetector says whether the race detector is linked in.
const raceDetector = true
