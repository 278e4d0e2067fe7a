package iamdocument

import (
	"net/netip"
	"strings"

	"coffee-platform/policy/securitygroup"
)

// Fixed tells whether a value of a condition stands for itself: it has no wildcard and no variable, which the one who
// asks fills in.
func Fixed(text string) bool {
	return text != "" && !strings.ContainsAny(text, "*?") && !strings.Contains(text, "${")
}

// fixedBefore makes a check that a value is fixed up to a separator: what comes after it is inside what that names.
func fixedBefore(separator string) func(string) bool {
	return func(text string) bool {
		name, _, _ := strings.Cut(text, separator)
		return Fixed(name)
	}
}

// fixedOwner tells whether an ARN says whose thing it is: by its account or, as those of buckets have none, by the
// bucket, of whose name there is one in the world.
func fixedOwner(arn string) bool {
	parts := strings.SplitN(arn, ":", arnParts)
	if len(parts) < arnParts {
		return false
	}
	service, account, resource := parts[2], parts[4], parts[5]
	switch {
	case account != "":
		return Fixed(account)
	case service == "s3":
		return fixedBefore("/")(resource)
	}
	return Fixed(resource)
}

// fixedAddresses tells whether a value is an address or a range of them that S3 does not call public.
func fixedAddresses(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	prefix, _ := securitygroup.ParseRange(text) // what is no range has less than no bits
	least := widestIPv6
	if prefix.Addr().Is4() {
		least = widestIPv4
	}
	return prefix.Bits() >= least
}

// The widest ranges of addresses that S3 does not call public, by the note on aws:SourceIp in "The meaning of public".
const (
	widestIPv4 = 8
	widestIPv6 = 32
)
