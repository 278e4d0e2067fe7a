package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

const (
	networkACL        = "aws:ec2/networkAcl:NetworkAcl"
	defaultNetworkACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
	networkACLRule    = "aws:ec2/networkAclRule:NetworkAclRule"
)

var closedNetworkACLs = rule.Rule{
	ID:       "c9",
	Name:     "closed-network-acls",
	Title:    "No network ACL lets the internet in to remote administration",
	Why:      "a network ACL is the net below the security groups; one that lets everything in catches nothing",
	Fix:      "allow the ports the subnet serves, from the ranges that need them; an earlier deny rule does not count",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.21"), rule.CISAWS("6.2"), rule.Checkov("CKV_AWS_352"), rule.Trivy("AWS-0102"), rule.Trivy("AWS-0105"),
	},
	Settings: []rule.Setting{{
		Name:        "adminPorts",
		Description: "TCP ports of remote administration. None may be open to the internet in any network ACL.",
		// SSH and RDP.
		Default: []int64{22, 3389},
	}},
	AppliesTo: rule.OfType(networkACL, defaultNetworkACL, networkACLRule),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if r.Type == networkACLRule {
			checkACLRule(r.Inputs, "ruleAction", isOn(r.Inputs.Get("egress")).Not(), env, &result)
			return result
		}
		for _, entry := range listed(r.Inputs.Get("ingress"), "a list of rules", &result) {
			if !result.Unreadable(entry, entry.State(), "a rule") {
				checkACLRule(entry, "action", rule.Yes, env, &result)
			}
		}
		return result
	},
}

func checkACLRule(entry rule.Value, action string, inbound rule.Truth, env rule.Env, result *rule.Result) {
	allows := rule.Maybe
	if text, state := entry.Get(action).Text(); state == rule.Known {
		allows = rule.Is(containsFold([]string{"allow"}, text))
	}
	permission := securitygroup.Permission{
		Inbound:  inbound.And(allows),
		Protocol: entry.Get("protocol"),
		From:     entry.Get("fromPort"),
		To:       entry.Get("toPort"),
	}
	for _, name := range []string{"cidrBlock", "ipv6CidrBlock"} {
		if at := entry.Get(name); at.State() != rule.Missing {
			permission.Ranges = append(permission.Ranges, at)
		}
	}
	findOpenPorts(permission, env.Settings.Ports("adminPorts"), "a port of remote administration", result)
}
