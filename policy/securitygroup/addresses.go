package securitygroup

import (
	"net/netip"

	"coffee-platform/policy/rule"
)

// Range reads an address range such as 10.0.0.0/16.
func Range(v rule.Value) (netip.Prefix, rule.State) {
	text, state := v.Text()
	if state != rule.Known {
		return netip.Prefix{}, state
	}
	prefix, err := ParseRange(text)
	if err != nil {
		return netip.Prefix{}, rule.Malformed
	}
	return prefix, rule.Known
}

// ParseRange reads the text of an address range. IPv4 written as IPv6, ::ffff:0.0.0.0/96, is IPv4.
func ParseRange(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}

// The widest ranges that are still private: 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193).
const (
	widestPrivateIPv4 = 8
	widestPrivateIPv6 = 7
)

// Worldwide tells whether a range is so wide that it must hold public addresses. It is
// more than /0: two halves of the internet are as open as the whole.
func Worldwide(prefix netip.Prefix) bool {
	if prefix.Addr().Is4() {
		return prefix.Bits() < widestPrivateIPv4
	}
	return prefix.Bits() < widestPrivateIPv6
}

// Contains tells whether an address range lies within one of the others.
func Contains(allowed []netip.Prefix, prefix netip.Prefix) bool {
	for _, outer := range allowed {
		if outer.Bits() <= prefix.Bits() && outer.Contains(prefix.Addr()) {
			return true
		}
	}
	return false
}
