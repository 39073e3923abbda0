//go:build race

package pprofile_test

// textSize is how much text is read in constant memory. The race detector
// makes that ten times slower.
const textSize = 16 << 20
