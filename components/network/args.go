package network

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"coffee-platform/internal/logretention"
	"coffee-platform/internal/problem"
)

// NATMode is how private subnets reach the internet.
type NATMode string

const (
	// NATNone gives private subnets no way out.
	NATNone NATMode = "none"
	// NATSingle shares one NAT gateway: the cheapest, and gone with its zone.
	NATSingle NATMode = "single"
	// NATPerZone has a NAT gateway in each zone, so that no zone depends on another.
	NATPerZone NATMode = "perZone"
)

// Args describe a network. All are plain values: they decide what is created.
type Args struct {
	// CIDR is the VPC's IPv4 block: a private network (RFC 1918) from /16 to /20.
	CIDR string
	// Region and AccountID are where the VPC is: for the names of its endpoints, and for who may use the
	// key of its flow logs.
	Region    string
	AccountID string
	// Zones are the availability zones to spread over, two or three, by name ("us-east-1a").
	// The order decides which zone has which block: append, never reorder.
	Zones []string
	// NAT is how private subnets reach the internet.
	NAT NATMode
	// InterfaceEndpoints are AWS services to reach without NAT, as their endpoints name them: "ecr.api",
	// "secretsmanager". Each costs an hourly fee per zone. S3 has a gateway endpoint, which costs nothing, in
	// every network.
	InterfaceEndpoints []string
	// FlowLogRetentionDays is how long flow logs are kept, in days; one of the values CloudWatch Logs takes.
	FlowLogRetentionDays int
	// Protect makes Pulumi refuse to delete or replace the VPC and its subnets, which everything else is in,
	// and the key of the flow logs.
	Protect bool
}

var zoneName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d[a-z]$`)

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	a.validateCIDR(&problems)
	a.validateZones(&problems)
	switch a.NAT {
	case NATNone, NATSingle, NATPerZone:
	default:
		problems.Add("nat", "%q is not a NAT mode: use none, single or perZone", a.NAT)
	}
	a.validateEndpoints(&problems)
	logretention.Validate(&problems, "flowLogRetentionDays", a.FlowLogRetentionDays)
	return problems
}

func (a *Args) validateCIDR(problems *problem.List) {
	prefix, err := netip.ParsePrefix(a.CIDR)
	switch {
	case err != nil || !prefix.Addr().Is4():
		problems.Add("cidr", "%q is not an IPv4 block: write one like 10.10.0.0/16", a.CIDR)
	case prefix != prefix.Masked():
		problems.Add("cidr", "%s has bits set after its prefix: did you mean %s?", a.CIDR, prefix.Masked())
	case prefix.Bits() < minPrefix || prefix.Bits() > maxPrefix:
		problems.Add("cidr", "/%d is outside /%d to /%d: AWS takes nothing larger, and nodes need the addresses", prefix.Bits(), minPrefix, maxPrefix)
	case !prefix.Addr().IsPrivate():
		problems.Add("cidr", "%s is not a private network: use a block of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16", a.CIDR)
	}
}

func (a *Args) validateZones(problems *problem.List) {
	if len(a.Zones) < 2 || len(a.Zones) > maxZones {
		problems.Add("zones", "has %d: name 2 or %d availability zones (EKS and RDS need two)", len(a.Zones), maxZones)
	}
	seen := map[string]bool{}
	for i, zone := range a.Zones {
		path := fmt.Sprintf("zones[%d]", i)
		switch {
		case !zoneName.MatchString(zone):
			problems.Add(path, "%q is not the name of an availability zone: write one like %sa", zone, a.Region)
		case strings.TrimRight(zone, "abcdefghijklmnopqrstuvwxyz") != a.Region:
			problems.Add(path, "%s is not in region %s", zone, a.Region)
		case seen[zone]:
			problems.Add(path, "%s is named twice", zone)
		}
		seen[zone] = true
	}
}
