//go:build !race

package main

// raceDetector says whether the race detector is linked in.
const raceDetector = false
