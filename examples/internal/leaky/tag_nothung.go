//go:build !hung

package leaky

// tagHung tells that tests which hang are to run where they are.
const tagHung = false
