//go:build darwin || freebsd || netbsd || openbsd

package heap

const populate = 0
