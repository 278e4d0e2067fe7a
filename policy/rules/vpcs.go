package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

var emptyDefaultGroups = rule.Rule{
	ID:       "c6",
	Name:     "empty-default-groups",
	Title:    "The default VPC is not used, and the default security group of every other admits nobody",
	Why:      "whatever names no security group gets the default one, which admits all its members and calls anyone, and whatever names no subnet gets the default VPC, which is public",
	Fix:      "write an ec2.DefaultSecurityGroup without rules for each VPC, give it none by other resources, and make VPCs and subnets of your own",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.2"), rule.CISAWS("6.5"), rule.Checkov("CKV2_AWS_12"), rule.Trivy("AWS-0101"),
	},
	AppliesTo:  rule.OfType(securitygroup.DefaultGroup, defaultVpcType, defaultSubnetType),
	Check:      checkDefaultGroup,
	CheckStack: checkEveryDefaultGroup,
}

func checkDefaultGroup(r rule.Resource, _ rule.Env) rule.Result {
	var result rule.Result
	if r.Type != securitygroup.DefaultGroup {
		result.Fail(r.Inputs, "uses the default VPC")
		return result
	}
	for _, name := range []string{"ingress", "egress"} {
		at := r.Inputs.Get(name)
		if len(listed(at, "a list of rules", &result)) > 0 {
			result.Fail(at, "is not empty")
		}
	}
	return result
}

// checkEveryDefaultGroup looks for the default group of every VPC: one that is not written
// down has the rules AWS gives it. One that is written down without rules can still be given
// some, each a resource of its own.
func checkEveryDefaultGroup(stack rule.Stack, _ rule.Env) rule.Result {
	result := eachVPCNeeds(stack, rule.OfType(vpcType), rule.OfType(securitygroup.DefaultGroup),
		"has a default security group that is not emptied")
	ids := defaultGroupIDs(stack)
	for _, r := range stack.OfType(securitygroup.Rule, securitygroup.IngressRule, securitygroup.EgressRule) {
		at := r.Inputs.Get(securitygroup.GroupProperty)
		id, state := at.Text()
		// A VPC has no other group that a rule could be computed from.
		of := stack.Referenced(r, securitygroup.GroupProperty, rule.OfType(vpcType, securitygroup.DefaultGroup))
		switch {
		case len(of) > 0 || ids[id]:
			result.Fail(at, "is a default security group, which needs to stay without rules")
		case state == rule.Unknown && len(r.PropertyDependencies[securitygroup.GroupProperty]) == 0:
			result.Undetermined(at, "may be a default security group: that is known only after deployment")
		}
	}
	return result
}

// defaultGroupIDs are the ids of default groups, as far as their VPCs tell them.
func defaultGroupIDs(stack rule.Stack) map[string]bool {
	ids := map[string]bool{}
	for _, vpc := range stack.OfType(vpcType) {
		if id, state := vpc.Outputs.Get("defaultSecurityGroupId").Text(); state == rule.Known {
			ids[id] = true
		}
	}
	return ids
}

// eachVPCNeeds looks for a resource that belongs to each of the VPCs.
func eachVPCNeeds(stack rule.Stack, vpcs, wanted rule.Selector, otherwise string) rule.Result {
	var result rule.Result
	all := stack.Select(vpcs)
	if len(all) == 0 {
		return rule.Skip("no VPC in the stack")
	}
	for _, vpc := range all {
		found, more := stack.Referring(vpc, "", "vpcId", wanted)
		switch {
		case len(found) > 0:
		case more:
			result.Undetermined(vpc.Inputs, "%s, unless what is known only after deployment belongs to it", otherwise)
		default:
			result.Fail(vpc.Inputs, "%s", otherwise)
		}
	}
	return result
}

var noPublicAddresses = rule.Rule{
	ID:       "c7",
	Name:     "no-public-addresses",
	Title:    "Only subnets of the public tier give public addresses to what starts in them",
	Why:      "an address nobody asked for makes a machine reachable from the internet as soon as a route and a rule allow it",
	Fix:      "leave mapPublicIpOnLaunch out, or tag the subnet as public (kubernetes.io/role/elb: \"1\")",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.FSBP("EC2.15"), rule.Checkov("CKV_AWS_130"), rule.Trivy("AWS-0164")},
	Settings: []rule.Setting{{
		Name:        "publicTags",
		Description: "Tags that mark a subnet of the public tier. One of them is enough.",
		// The tag by which EKS finds the subnets for internet-facing load balancers
		// (https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html).
		Default: []string{"kubernetes.io/role/elb"},
	}},
	AppliesTo: rule.OfType(subnetType, defaultSubnetType),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		tags := r.Inputs.Get("tags")
		for _, tag := range env.Settings.Texts("publicTags") {
			switch tags.Get(tag).State() {
			case rule.Known:
				return rule.Skip("a subnet of the public tier")
			case rule.Unknown:
				result.Undetermined(tags, "may mark a subnet of the public tier: that is known only after deployment")
				return result
			}
		}
		at := r.Inputs.Get("mapPublicIpOnLaunch")
		// Subnets of the default VPC give public addresses unless told otherwise
		// (https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html).
		if r.Type == defaultSubnetType && at.State() == rule.Missing {
			result.Fail(at, "is not set, and a default subnet gives public addresses")
		}
		demandFalse(at, &result)
		return result
	},
}

const flowLogType = "aws:ec2/flowLog:FlowLog"

var recordFlows = rule.Rule{
	ID:       "c8",
	Name:     "record-flows",
	Title:    "Every VPC has a flow log, which records at least what was rejected",
	Why:      "without flow logs nobody can say afterwards who spoke to whom",
	Fix:      "write an ec2.FlowLog with the VPC's vpcId and trafficType ALL",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.6"), rule.CISAWS("4.7"), rule.Checkov("CKV2_AWS_11"), rule.Trivy("AWS-0178"),
	},
	AppliesTo: rule.OfType(flowLogType),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if r.Inputs.Get("vpcId").State() == rule.Missing {
			return rule.Skip("not the flow log of a VPC")
		}
		demandText(r.Inputs.Get("trafficType"), "and must be for a VPC", &result, "ALL", "REJECT")
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		return eachVPCNeeds(stack, rule.OfType(vpcType, defaultVpcType), rule.OfType(flowLogType), "has no flow log")
	},
}

const vpcEndpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"

var vpcEndpoints = rule.Rule{
	ID:       "c15",
	Name:     "vpc-endpoints",
	Title:    "Every VPC reaches the AWS services it uses most through an endpoint of its own",
	Why:      "without an endpoint every object goes through a NAT gateway, is charged for by the gigabyte and leaves the VPC",
	Fix:      "write an ec2.VpcEndpoint with the VPC's vpcId for each service",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Settings: []rule.Setting{{
		Name:        "services",
		Description: "Services that need an endpoint, by the end of their name, such as s3 or ecr.dkr.",
		// An S3 gateway endpoint costs nothing; interface endpoints cost by the hour.
		Default: []string{"s3"},
	}},
	CheckStack: func(stack rule.Stack, env rule.Env) rule.Result {
		var result rule.Result
		vpcs := stack.OfType(vpcType)
		if len(vpcs) == 0 {
			return rule.Skip("no VPC in the stack")
		}
		for _, vpc := range vpcs {
			endpoints, more := stack.Referring(vpc, "", "vpcId", rule.OfType(vpcEndpointType))
			for _, service := range env.Settings.Texts("services") {
				found := rule.No
				if more {
					found = rule.Maybe
				}
				for _, endpoint := range endpoints {
					found = found.Or(endpointFor(endpoint.Inputs.Get("serviceName"), service))
				}
				switch found {
				case rule.No:
					result.Fail(vpc.Inputs, "has no endpoint for %s", service)
				case rule.Maybe:
					result.Undetermined(vpc.Inputs, "may have no endpoint for %s: that is known only after deployment", service)
				}
			}
		}
		return result
	},
}

func endpointFor(at rule.Value, service string) rule.Truth {
	name, state := at.Text()
	switch state {
	case rule.Known:
		return rule.Is(strings.HasSuffix(name, "."+service))
	case rule.Unknown:
		return rule.Maybe
	}
	return rule.No
}
