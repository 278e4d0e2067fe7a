package reach

import (
	"net/netip"

	"coffee-platform/policy/rule"
)

// set is a set of addresses, as prefixes that do not overlap.
type set []netip.Prefix

func prefixes(texts ...string) set {
	parsed := make(set, len(texts))
	for i, text := range texts {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

var (
	everywhere = prefixes("0.0.0.0/0", "::/0")
	// internet is every address that packets from outside can come from: all but those that are
	// private, shared, local, multicast or reserved
	// (https://www.iana.org/assignments/iana-ipv4-special-registry), and in IPv6 the global unicast
	// block (https://www.iana.org/assignments/ipv6-address-space).
	internet = prefixes("0.0.0.0/0", "2000::/3").minus(prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"))
	ipv4 = prefixes("0.0.0.0/0")
	ipv6 = prefixes("::/0")
)

func (s set) and(other set) set {
	var both set
	for _, a := range s {
		for _, b := range other {
			switch {
			case !a.Overlaps(b):
			case a.Bits() >= b.Bits():
				both = append(both, a)
			default:
				both = append(both, b)
			}
		}
	}
	return both
}

func (s set) minus(other set) set {
	for _, taken := range other {
		var left set
		for _, from := range s {
			left = append(left, without(from, taken)...)
		}
		s = left
	}
	return s
}

func (s set) or(other set) set {
	if len(s) == 0 {
		return other
	}
	return append(s[:len(s):len(s)], other.minus(s)...)
}

// without is what is left of a prefix when another is taken out: the halves that do not hold it.
func without(from, taken netip.Prefix) set {
	if !from.Overlaps(taken) {
		return set{from}
	}
	var left set
	for from.Bits() < taken.Bits() {
		low, high := halves(from)
		if low.Overlaps(taken) {
			from, left = low, append(left, high)
		} else {
			from, left = high, append(left, low)
		}
	}
	return left
}

func halves(p netip.Prefix) (low, high netip.Prefix) {
	bits := p.Bits() + 1
	address := p.Masked().Addr().AsSlice()
	low = netip.PrefixFrom(p.Masked().Addr(), bits)
	address[(bits-1)/8] |= 0x80 >> ((bits - 1) % 8)
	upper, _ := netip.AddrFromSlice(address)
	return low, netip.PrefixFrom(upper, bits)
}

// span is a set of addresses of which not everything is known: those that are in it for sure, and
// those that are possibly in it.
type span struct{ sure, possible set }

func exactly(s set) span  { return span{sure: s, possible: s} }
func possibly(s set) span { return span{possible: s} }

// asFarAs is the set as far as a statement about it holds.
func (s span) asFarAs(holds rule.Truth) span {
	switch holds {
	case rule.Yes:
		return s
	case rule.Maybe:
		return possibly(s.possible)
	}
	return span{}
}

func (s span) and(other span) span {
	return span{sure: s.sure.and(other.sure), possible: s.possible.and(other.possible)}
}

func (s span) or(other span) span {
	return span{sure: s.sure.or(other.sure), possible: s.possible.or(other.possible)}
}

func (s span) minus(other span) span {
	return span{sure: s.sure.minus(other.possible), possible: s.possible.minus(other.sure)}
}

// has tells whether something is in it, of which some addresses are its own for sure or possibly: it is
// wherever all of them are in it.
func (s span) has(own span) rule.Truth {
	if len(own.possible) > 0 && len(own.possible.minus(s.sure)) == 0 {
		return rule.Yes
	}
	return s.and(own).some()
}

// some tells whether there is an address in it.
func (s span) some() rule.Truth {
	switch {
	case len(s.sure) > 0:
		return rule.Yes
	case len(s.possible) > 0:
		return rule.Maybe
	}
	return rule.No
}
