package network

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every size of VPC, every tier and zone: each block is inside the VPC, none meets another, and each is
// as large as what lives there needs.
func TestSubnetsFitTheVPC(t *testing.T) {
	for bits := minPrefix; bits <= maxPrefix; bits++ {
		vpc := netip.MustParsePrefix(fmt.Sprintf("10.64.0.0/%d", bits))
		var blocks []netip.Prefix
		for _, tier := range []tier{public, private, data} {
			for zone := range maxZones {
				b := subnetCIDR(vpc, tier, zone)
				require.Equal(t, b, b.Masked(), "%s %s", vpc, b)
				require.True(t, vpc.Contains(b.Addr()) && vpc.Contains(last(b)), "%s is outside %s", b, vpc)
				for _, other := range blocks {
					require.False(t, b.Overlaps(other), "%s: %s meets %s", vpc, b, other)
				}
				blocks = append(blocks, b)
			}
		}
		assert.LessOrEqual(t, subnetCIDR(vpc, public, 0).Bits(), 27, "a load balancer asks for a /27 or larger")
		assert.LessOrEqual(t, subnetCIDR(vpc, data, 0).Bits(), 28, "AWS makes nothing smaller than /28")
	}
}

func TestSubnetBlocks(t *testing.T) {
	vpc := netip.MustParsePrefix("10.10.0.0/16")
	for _, c := range []struct {
		tier tier
		zone int
		want string
	}{
		{private, 0, "10.10.0.0/18"},
		{private, 1, "10.10.64.0/18"},
		{private, 2, "10.10.128.0/18"},
		{public, 0, "10.10.192.0/22"},
		{public, 2, "10.10.200.0/22"},
		{data, 0, "10.10.208.0/22"},
		{data, 2, "10.10.216.0/22"},
	} {
		assert.Equal(t, c.want, subnetCIDR(vpc, c.tier, c.zone).String(), "%s %d", c.tier, c.zone)
	}
}

// last is the last address of a block.
func last(p netip.Prefix) netip.Addr {
	a := p.Addr()
	for range 1<<(32-p.Bits()) - 1 {
		a = a.Next()
	}
	return a
}
