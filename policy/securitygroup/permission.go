// Package securitygroup reads the rules of AWS security groups in each of the ways the
// provider lets them be written.
package securitygroup

import "coffee-platform/policy/rule"

// Types of resources that rules are written in.
const (
	Group        = "aws:ec2/securityGroup:SecurityGroup"
	DefaultGroup = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	Rule         = "aws:ec2/securityGroupRule:SecurityGroupRule"
	IngressRule  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	EgressRule   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
)

// GroupProperty is where a rule on its own names the group it belongs to.
const GroupProperty = "securityGroupId"

// Permission is one rule: who may reach which ports, or which ports may be reached where.
type Permission struct {
	// At is where the rule is written.
	At rule.Value
	// Inbound is no for an egress rule, and maybe while the direction is unknown.
	Inbound rule.Truth
	// Protocol, From and To are as written.
	Protocol rule.Value
	From     rule.Value
	To       rule.Value
	// Ranges are the addresses admitted. A list that is unknown as a whole appears as
	// one unknown range.
	Ranges []rule.Value
	// PrefixLists are addresses kept elsewhere.
	PrefixLists []rule.Value
}

// Permissions reads the ingress rules written in a resource, whichever of the types it
// has. What cannot be read is recorded in the result.
func Permissions(r rule.Resource, result *rule.Result) []Permission {
	switch r.Type {
	case Group, DefaultGroup:
		return inline(r.Inputs.Get("ingress"), rule.Yes, result)
	case Rule:
		return []Permission{listed(r.Inputs, direction(r.Inputs.Get("type")), result)}
	case IngressRule:
		return []Permission{single(r.Inputs, rule.Yes)}
	}
	return nil
}

// Egress reads the egress rules written in a resource, as Permissions does those of ingress.
func Egress(r rule.Resource, result *rule.Result) []Permission {
	switch r.Type {
	case Group, DefaultGroup:
		return inline(r.Inputs.Get("egress"), rule.No, result)
	case Rule:
		return []Permission{listed(r.Inputs, direction(r.Inputs.Get("type")), result)}
	case EgressRule:
		return []Permission{single(r.Inputs, rule.No)}
	}
	return nil
}

func inline(at rule.Value, inbound rule.Truth, result *rule.Result) []Permission {
	var permissions []Permission
	for _, one := range elements(at, "a list of rules", result) {
		if !result.Unreadable(one, one.State(), "a rule") {
			permissions = append(permissions, listed(one, inbound, result))
		}
	}
	return permissions
}

// single reads the form of the rules that have one source or destination each.
func single(at rule.Value, inbound rule.Truth) Permission {
	return Permission{
		At:          at,
		Inbound:     inbound,
		Protocol:    at.Get("ipProtocol"),
		From:        at.Get("fromPort"),
		To:          at.Get("toPort"),
		Ranges:      present(at.Get("cidrIpv4"), at.Get("cidrIpv6")),
		PrefixLists: present(at.Get("prefixListId")),
	}
}

// listed reads the form that inline rules and SecurityGroupRule share.
func listed(at rule.Value, inbound rule.Truth, result *rule.Result) Permission {
	return Permission{
		At:       at,
		Inbound:  inbound,
		Protocol: at.Get("protocol"),
		From:     at.Get("fromPort"),
		To:       at.Get("toPort"),
		Ranges: append(
			elements(at.Get("cidrBlocks"), "a list of address ranges", result),
			elements(at.Get("ipv6CidrBlocks"), "a list of address ranges", result)...),
		PrefixLists: elements(at.Get("prefixListIds"), "a list of prefix lists", result),
	}
}

func direction(at rule.Value) rule.Truth {
	switch text, state := at.Text(); {
	case state != rule.Known:
		return rule.Maybe
	default:
		return rule.Is(text == "ingress")
	}
}

func elements(at rule.Value, want string, result *rule.Result) []rule.Value {
	items, state := at.List()
	switch state {
	case rule.Unknown:
		return []rule.Value{at}
	case rule.Malformed:
		result.Fail(at, "is not %s", want)
	}
	return items
}

func present(values ...rule.Value) []rule.Value {
	var there []rule.Value
	for _, v := range values {
		if v.State() != rule.Missing {
			there = append(there, v)
		}
	}
	return there
}
