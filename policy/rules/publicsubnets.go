package rules

import (
	"coffee-platform/policy/reach"
	"coffee-platform/policy/rule"
)

// Types of networks.
const (
	vpcType           = "aws:ec2/vpc:Vpc"
	defaultVpcType    = "aws:ec2/defaultVpc:DefaultVpc"
	subnetType        = "aws:ec2/subnet:Subnet"
	defaultSubnetType = "aws:ec2/defaultSubnet:DefaultSubnet"
)

var isSubnet = rule.OfType(subnetType, defaultSubnetType)

// subnets are those of a stack, and what leads to them.
type subnets struct {
	stack   rule.Stack
	network *reach.Network
}

func subnetsOf(stack rule.Stack) subnets { return subnets{stack, reach.New(stack)} }

// publicity tells whether a subnet is public, and why: there is a route to an internet gateway, or what
// starts in it gets a public address.
func (s subnets) publicity(subnet rule.Resource) (rule.Truth, string) {
	if subnet.Type == defaultSubnetType {
		return rule.Yes, "is a subnet of the default VPC, which are public"
	}
	addresses := isOn(subnet.Inputs.Get("mapPublicIpOnLaunch"))
	routed, unclear := s.network.Public(subnet)
	switch {
	case addresses == rule.Yes:
		return rule.Yes, "gives public addresses to what starts in it"
	case routed == rule.Yes:
		return rule.Yes, "has a route to an internet gateway"
	case routed == rule.Maybe:
		return rule.Maybe, "may be public: " + unclear
	}
	return addresses, "may give public addresses to what starts in it: that is known only after deployment"
}

// checkPrivate records the subnets that a property names and that are public, and those that nobody can tell.
func (s subnets) checkPrivate(from rule.Resource, property, what string, result *rule.Result) {
	at := from.Inputs.Get(property)
	named := 1
	if items, state := at.List(); state == rule.Known {
		named = len(items)
	}
	if at.State() == rule.Missing {
		result.Undetermined(at, "is not set, so that AWS chooses a subnet")
		return
	}
	found := s.stack.Referenced(from, property, isSubnet)
	if len(found) < named {
		result.Undetermined(at, "names a subnet that is not in this stack")
	}
	for _, subnet := range found {
		s.judge(at, subnet, what, result)
	}
}

// judge records a subnet that is public, or may be, where it is named.
func (s subnets) judge(at rule.Value, subnet rule.Resource, what string, result *rule.Result) {
	switch public, why := s.publicity(subnet); public {
	case rule.Yes:
		result.Fail(at, "puts %s into subnet %s, which %s", what, subnet.Name, why)
	case rule.Maybe:
		result.Undetermined(at, "puts %s into subnet %s, which %s", what, subnet.Name, why)
	}
}
