//go:build leaky

package leaky

const tagLeaky = true
