//go:build race

package leakcheck_test

// raceFlag has the child binaries built as this one is.
const raceFlag = "-race"
