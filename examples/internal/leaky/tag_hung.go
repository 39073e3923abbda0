//go:build hung

package leaky

const tagHung = true
