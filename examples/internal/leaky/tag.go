//go:build !leaky

package leaky

// tagLeaky tells that tests which leak are to run and fail where they are.
const tagLeaky = false
