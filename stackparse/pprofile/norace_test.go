//go:build !race

package pprofile_test

// textSize is how much text is read in constant memory.
const textSize = 256 << 20
