//go:build linux || darwin

package resource

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The address of a socket reads as package net/netip writes it.
func TestHostPort(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ addr, reason string }{
		{"0.0.0.0", "all of IPv4"},
		{"127.0.0.1", "a loopback address"},
		{"::", "all of IPv6: no group is left"},
		{"::1", "the run of zeros is at the start"},
		{"fe80::", "and here at the end"},
		{"2001:db8::1:0:0:1", "of two equal runs the first is left out"},
		{"2001:0:0:1::1", "of two runs the longer"},
		{"2001:db8:0:1:1:1:1:1", "a single group of zeros stays"},
		{"::ffff:192.0.2.1", "an IPv4 peer of an IPv6 socket"},
		{"1:2:3:4:5:6:7:8", "no zeros"},
	} {
		addr := netip.MustParseAddr(row.addr)
		assert.Equal(t, netip.AddrPortFrom(addr.Unmap(), 80).String(), hostPort(addr.AsSlice(), 80), row.reason)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var ip [16]byte
		for i := range ip {
			ip[i] = byte(r.Uint32() & r.Uint32() & r.Uint32() & 3) // mostly zeros
		}
		assert.Equal(t, netip.AddrPortFrom(netip.AddrFrom16(ip).Unmap(), 1).String(), hostPort(ip[:], 1))
	}
}
