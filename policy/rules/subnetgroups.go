package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const (
	cacheCluster      = "aws:elasticache/cluster:Cluster"
	replicationGroup  = "aws:elasticache/replicationGroup:ReplicationGroup"
	serverlessCache   = "aws:elasticache/serverlessCache:ServerlessCache"
	rdsSubnetGroup    = "aws:rds/subnetGroup:SubnetGroup"
	cacheSubnetGroup  = "aws:elasticache/subnetGroup:SubnetGroup"
	defaultSubnetName = "default"
)

var privateSubnetGroups = rule.Rule{
	ID:       "c2",
	Name:     "private-subnet-groups",
	Title:    "Data stores are in private subnets that were chosen for them",
	Why:      "without a subnet group of its own a data store lands in the default VPC, whose subnets are public, and in a public subnet one setting makes it reachable",
	Fix:      "name a subnet group (dbSubnetGroupName, subnetGroupName, subnetIds) of subnets without a route to an internet gateway",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.18"), rule.FSBP("RDS.46"), rule.FSBP("ElastiCache.7"), rule.Checkov("CKV_AWS_323"),
	},
	AppliesTo:  func(r rule.Resource) bool { return subnetGroupOf[r.Type].property != "" },
	Check:      checkSubnetGroup,
	CheckStack: checkSubnetGroupsPrivate,
}

// subnetGroupOf says where a data store names its subnets, and the property that makes it
// take them over from another one instead.
var subnetGroupOf = map[string]struct{ property, from string }{
	rdsInstance:      {"dbSubnetGroupName", "replicateSourceDb"},
	rdsCluster:       {"dbSubnetGroupName", ""},
	cacheCluster:     {"subnetGroupName", "replicationGroupId"},
	replicationGroup: {"subnetGroupName", ""},
	serverlessCache:  {"subnetIds", ""},
}

func checkSubnetGroup(r rule.Resource, _ rule.Env) rule.Result {
	var result rule.Result
	where := subnetGroupOf[r.Type]
	at := r.Inputs.Get(where.property)
	if where.from != "" && at.State() == rule.Missing {
		if source := r.Inputs.Get(where.from); source.State() != rule.Missing {
			result.Undetermined(at, "is taken over from what %s names", source.Path())
			return result
		}
	}
	if r.Type == serverlessCache {
		subnets, state := at.List()
		switch {
		case result.Unreadable(at, state, "a list of subnets"):
		case len(subnets) == 0:
			result.Fail(at, "is not set, and AWS then takes the default VPC")
		}
		return result
	}
	group, state := at.Text()
	switch {
	case result.Unreadable(at, state, "the name of a subnet group"):
	case group == "":
		result.Fail(at, "is not set, and AWS then takes the default VPC")
	case group == defaultSubnetName:
		result.Fail(at, "is the default group, which is all subnets of the default VPC")
	}
	return result
}

// checkSubnetGroupsPrivate looks at the subnets of every group a data store is in.
func checkSubnetGroupsPrivate(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	stores := stack.Select(func(r rule.Resource) bool { return subnetGroupOf[r.Type].property != "" })
	if len(stores) == 0 {
		return rule.Skip("no data store in the stack")
	}
	placed := subnetsOf(stack)
	seen := map[string]bool{}
	for _, store := range stores {
		property := subnetGroupOf[store.Type].property
		if store.Type == serverlessCache {
			placed.checkPrivate(store, property, "a data store", &result)
			continue
		}
		at := store.Inputs.Get(property)
		groups := stack.Referenced(store, property, rule.OfType(rdsSubnetGroup, cacheSubnetGroup))
		if len(groups) == 0 && at.State() != rule.Missing {
			result.Undetermined(at, "names a subnet group that is not in this stack")
		}
		for _, group := range groups {
			if !seen[group.URN] {
				placed.checkPrivate(group, "subnetIds", "a data store", &result)
			}
			seen[group.URN] = true
		}
	}
	return result
}
