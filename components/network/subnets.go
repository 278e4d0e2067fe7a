package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

const (
	// minPrefix and maxPrefix bound the VPC's size. AWS allows /16 to /28; below /20 the public
	// subnets would be smaller than the /27 that an Application Load Balancer asks for
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html),
	// and nodes, which reserve pod addresses sixteen at a time, would run out.
	minPrefix = 16
	maxPrefix = 20

	// maxZones is how many zones the layout has room for.
	maxZones = 3

	// privateBits and smallBits are how much longer than the VPC's a subnet's prefix is: a private
	// subnet is a quarter of the VPC, a public or data subnet a sixty-fourth.
	privateBits = 2
	smallBits   = 6
)

// tier is one of the three rings of subnets.
type tier string

const (
	public  tier = "public"
	private tier = "private"
	data    tier = "data"
)

// subnetCIDR is the block of the given tier's subnet in the zone with the given index (from 0).
//
// The first three quarters of the VPC are one private subnet each, because pods live there and prefix
// delegation spends addresses quickly. The last quarter is cut into sixteen: public subnets take the
// first of them, data subnets start at the fifth, the other half is left for what is yet to come.
// A zone added later changes no block that is already in use.
func subnetCIDR(vpc netip.Prefix, t tier, zone int) netip.Prefix {
	switch t {
	case private:
		return block(vpc, privateBits, zone)
	case public:
		return block(vpc, smallBits, 48+zone)
	case data:
		return block(vpc, smallBits, 52+zone)
	}
	panic(fmt.Sprintf("network: no subnet tier %q", t))
}

// block is the index-th of the equal blocks that extra more prefix bits cut p into.
func block(p netip.Prefix, extra, index int) netip.Prefix {
	bits := p.Bits() + extra
	base := p.Masked().Addr().As4()
	number := binary.BigEndian.Uint32(base[:]) + uint32(index)<<(32-bits)
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], number)
	return netip.PrefixFrom(netip.AddrFrom4(address), bits)
}

// PrivateBits is the length of the prefix of a private subnet's block. Args are valid.
func (a *Args) PrivateBits() int { return netip.MustParsePrefix(a.CIDR).Bits() + privateBits }

// PublicBits is the length of the prefix of a public subnet's block. Args are valid.
func (a *Args) PublicBits() int { return netip.MustParsePrefix(a.CIDR).Bits() + smallBits }

// PublicCIDRs are the blocks of the public subnets, one for each zone.
func (a *Args) PublicCIDRs() []string { return a.subnetCIDRs(public) }

// PrivateCIDRs are the blocks of the private subnets, one for each zone.
func (a *Args) PrivateCIDRs() []string { return a.subnetCIDRs(private) }

// DataCIDRs are the blocks of the data subnets, one for each zone.
func (a *Args) DataCIDRs() []string { return a.subnetCIDRs(data) }

func (a *Args) subnetCIDRs(t tier) []string {
	vpc, err := netip.ParsePrefix(a.CIDR)
	if err != nil {
		return nil // Validate says so
	}
	blocks := make([]string, len(a.Zones))
	for zone := range a.Zones {
		blocks[zone] = subnetCIDR(vpc, t, zone).String()
	}
	return blocks
}
