package rules

import (
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

var privateDatabases = rule.Rule{
	ID:    "c1",
	Name:  "private-databases",
	Title: "Databases have no public address",
	Why: "a public database is one leaked password away from being anyone's; left unset, the answer depends on " +
		"the kind of database and its subnets, so it has to be written down",
	Fix:      "set publiclyAccessible: false",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.2"), rule.CISAWS("3.2.3"), rule.Checkov("CKV_AWS_17"), rule.Trivy("AWS-0180"),
	},
	AppliesTo: rule.OfType(rdsInstance, rdsClusterInstance, rdsShardGroup),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("publiclyAccessible")
		public, state := at.Bool()
		switch {
		case result.Unreadable(at, state, "a boolean"):
		case state == rule.Missing:
			result.Fail(at, "is not set to false")
		case public:
			result.Fail(at, "is true")
		}
		return result
	},
}

var closedDataPorts = rule.Rule{
	ID:       "c3",
	Name:     "closed-data-ports",
	Title:    "Data stores admit nobody from outside their VPC",
	Why:      "a database or broker that strangers can reach is attacked within minutes, and its password is then all that is left",
	Fix:      "admit the security group of the client (referencedSecurityGroupId), or an address range inside the VPC",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("EC2.18"), rule.FSBP("EC2.19"), rule.Checkov("CKV_AWS_277"),
	},
	Settings: []rule.Setting{
		{
			Name:        "dataPorts",
			Description: "TCP ports that data stores listen on. None may be open to the internet in any security group.",
			// PostgreSQL and Redis.
			Default: []int64{5432, 6379},
		},
		{
			Name:        "allowedRanges",
			Description: "Address ranges outside the VPC that data stores may admit, such as a peered network's.",
			Default:     []netip.Prefix{},
		},
	},
	AppliesTo: rule.OfType(
		securitygroup.Group, securitygroup.DefaultGroup, securitygroup.Rule, securitygroup.IngressRule),
	Check:      checkOpenDataPorts,
	CheckStack: checkDataStoreSources,
}

// checkOpenDataPorts looks at one ingress rule, before it is created: is a data port
// open to the internet? What the group is attached to does not matter yet.
func checkOpenDataPorts(r rule.Resource, env rule.Env) rule.Result {
	return checkOpenPorts(r, env.Settings.Ports("dataPorts"), "a data port")
}

// checkOpenPorts looks at the ingress rules written in one resource: is one of the ports
// open to the internet?
func checkOpenPorts(r rule.Resource, ports []int64, what string) rule.Result {
	var result rule.Result
	inbound := false
	for _, permission := range securitygroup.Permissions(r, &result) {
		inbound = inbound || permission.Inbound != rule.No
		findOpenPorts(permission, ports, what, &result)
	}
	if !inbound && result.Outcome() == rule.Passed {
		return rule.Skip("writes no ingress rule")
	}
	return result
}

func findOpenPorts(permission securitygroup.Permission, ports []int64, what string, result *rule.Result) {
	reaches := permission.Reaches(ports)
	if reaches == rule.No {
		return
	}
	for _, at := range permission.Ranges {
		admitted, state := securitygroup.Range(at)
		switch {
		case result.Unreadable(at, state, "an address range"):
		case !securitygroup.Worldwide(admitted):
		case reaches == rule.Yes:
			result.Fail(at, "admits %s, which is the internet, to %s", at.Show(), what)
		default:
			result.Undetermined(at, "admits the internet to ports that are known only after deployment")
		}
	}
	for _, at := range permission.PrefixLists {
		result.Undetermined(at, "admits a prefix list, whose addresses are not written here")
	}
}

// dataStores are the resources that keep data, and where they name their groups.
var dataStores = map[string]string{
	rdsInstance:      "vpcSecurityGroupIds",
	rdsCluster:       "vpcSecurityGroupIds",
	rdsProxy:         "vpcSecurityGroupIds",
	cacheCluster:     "securityGroupIds",
	replicationGroup: "securityGroupIds",
	serverlessCache:  "securityGroupIds",
}

// checkDataStoreSources looks at every group that is attached to a data store, and at
// every rule in it wherever it is written: does it admit anyone from outside the VPC?
func checkDataStoreSources(stack rule.Stack, env rule.Env) rule.Result {
	var result rule.Result
	stores := stack.Select(func(r rule.Resource) bool { return dataStores[r.Type] != "" })
	if len(stores) == 0 {
		return rule.Skip("no data store in the stack")
	}
	attached := map[string][]string{}
	for _, store := range stores {
		for _, group := range groupsOf(store, stack, &result) {
			attached[group.URN] = append(attached[group.URN], store.Name)
		}
	}
	for _, group := range stack.Select(isGroup) {
		if stores := attached[group.URN]; len(stores) > 0 {
			checkGroupSources(group, stores, stack, env, &result)
		}
	}
	return result
}

var (
	isGroup     = rule.OfType(securitygroup.Group, securitygroup.DefaultGroup)
	isLooseRule = rule.OfType(securitygroup.Rule, securitygroup.IngressRule)
)

// groupsOf finds the security groups of a data store. A group that is not in the stack
// cannot be judged, and none at all means the VPC's default group.
func groupsOf(store rule.Resource, stack rule.Stack, result *rule.Result) []rule.Resource {
	property := dataStores[store.Type]
	at := store.Inputs.Get(property)
	groups := stack.Referenced(store, property, isGroup)
	named, state := at.List()
	switch {
	case state == rule.Malformed:
		result.Fail(at, "is not a list of security groups")
	case state == rule.Missing || state == rule.Known && len(named) == 0:
		result.Undetermined(at, "names no security group, so that the VPC's default group applies")
	case len(groups) < max(len(named), 1):
		result.Undetermined(at, "names a security group that is not in this stack")
	}
	return groups
}

func checkGroupSources(
	group rule.Resource, stores []string, stack rule.Stack, env rule.Env, result *rule.Result,
) {
	vpc := addressesOf(group, stack)
	allowed := append(vpc.ranges, env.Settings.Prefixes("allowedRanges")...)

	for _, permission := range permissionsOf(group, stack, result) {
		if permission.Inbound == rule.No {
			continue
		}
		for _, at := range permission.Ranges {
			admitted, state := securitygroup.Range(at)
			switch {
			case result.Unreadable(at, state, "an address range"):
			case securitygroup.Contains(allowed, admitted):
			case permission.Inbound == rule.Maybe:
				result.Undetermined(at, "is a rule whose direction is known only after deployment")
			case vpc.knows(admitted) || securitygroup.Worldwide(admitted):
				result.Fail(at, "admits %s, which is outside the VPC, to %s", at.Show(), strings.Join(stores, ", "))
			default:
				result.Undetermined(at, "admits a range, and the VPC's own addresses are not known")
			}
		}
		for _, at := range permission.PrefixLists {
			result.Undetermined(at, "admits a prefix list, whose addresses are not written here")
		}
	}
}

// addresses are the ranges of a VPC. They are complete or not by family, because the
// IPv6 range is chosen by AWS and unknown in a preview, also for a VPC without one.
type addresses struct {
	ranges       []netip.Prefix
	completeIPv4 bool
	completeIPv6 bool
}

// knows tells whether all ranges of the family are known, so that what is in none of
// them is outside.
func (a addresses) knows(admitted netip.Prefix) bool {
	if admitted.Addr().Is4() {
		return a.completeIPv4
	}
	return a.completeIPv6
}

// addressesOf returns the address ranges of the VPC that a group is in.
func addressesOf(group rule.Resource, stack rule.Stack) addresses {
	vpcs := stack.Referenced(group, "vpcId", rule.OfType("aws:ec2/vpc:Vpc"))
	if len(vpcs) != 1 {
		return addresses{}
	}
	vpc := vpcs[0]
	// The first range is an input, unless an address manager picks it.
	first := vpc.Inputs.Get("cidrBlock")
	if first.State() == rule.Missing {
		first = vpc.Outputs.Get("cidrBlock")
	}
	ipv4 := []rule.Value{first}
	associations, _ := stack.Referring(vpc, "", "vpcId", rule.OfType("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"))
	for _, associated := range associations {
		ipv4 = append(ipv4, associated.Inputs.Get("cidrBlock"))
	}

	found := addresses{completeIPv4: true}
	for _, source := range ipv4 {
		admitted, state := securitygroup.Range(source)
		if state != rule.Known {
			found.completeIPv4 = false
			continue
		}
		found.ranges = append(found.ranges, admitted)
	}
	ipv6 := vpc.Outputs.Get("ipv6CidrBlock")
	if admitted, state := securitygroup.Range(ipv6); state == rule.Known {
		found.ranges = append(found.ranges, admitted)
	}
	found.completeIPv6 = ipv6.State() != rule.Unknown
	return found
}
