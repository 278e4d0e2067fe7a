package reach

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// Of two groups one is known by its id, and the other is not recorded anywhere.
func TestAListOfWhichOneIsNotKnown(t *testing.T) {
	var all internetCases
	readYAML(t, "testdata/internet.yaml", &all)
	built := all.Bases["open"].with(topology{"db": {"vpcSecurityGroupIds": []any{"$db-group", "?"}}}, []string{"db-in"})
	for _, known := range []knowledge{previewed, deployed, byID} {
		answer := fromInternet(t, built.stack(known))
		assert.Equal(t, rule.Maybe, answer.Truth, known)
		assert.Contains(t, answer.Path, "a security group that is not known", known)
	}
}

// Of the subnets that pods are in one is not known: it may be one that the database admits.
func TestSubnetsOfPodsOfWhichOneIsNotKnown(t *testing.T) {
	var all clientCases
	readYAML(t, "testdata/clients.yaml", &all)
	subnets := []any{"$private-a", "?"}
	for what, places := range map[string]topology{
		"cluster":       {"cluster": {"vpcConfig": map[string]any{"subnetIds": subnets}}},
		"node group":    {"nodes": {"is": "eks/nodeGroup", "subnetIds": subnets}},
		"two of a kind": {"nodes": {"is": "eks/nodeGroup", "subnetIds": subnets}, "others": {"is": "eks/nodeGroup", "subnetIds": []any{"$private-a"}}},
	} {
		built := all.Bases["cluster"].with(places, []string{"general"}).with(topology{"db-in": {"referencedSecurityGroupId": nil, "cidrIpv4": "10.0.128.0/18"}}, nil)
		for _, known := range []knowledge{previewed, deployed, byID} {
			assert.Equal(t, rule.Maybe, reachesOf(t, built.stack(known))["api"].Truth, "%s, %s", what, known)
		}
	}
}

// A function is in one of two subnets that its own is computed from.
func TestASubnetThatIsOneOfTwo(t *testing.T) {
	var all clientCases
	readYAML(t, "testdata/clients.yaml", &all)
	resources := all.Bases["cluster"].with(topology{
		"private-b": {"is": "ec2/subnet", "vpcId": "$vpc", "cidrBlock": "10.0.128.0/18"},
		"web-group": {"is": "ec2/securityGroup", "vpcId": "$vpc", "egress": []any{map[string]any{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": []any{"10.0.0.0/16"}}}},
		"db-in":     {"referencedSecurityGroupId": "$web-group"},
		"fn":        {"is": "lambda/function", "vpcConfig": map[string]any{"subnetIds": []any{"$private-a"}, "securityGroupIds": []any{"$web-group"}}},
	}, nil).resources(previewed)
	for _, r := range resources {
		if r.Name == "fn" {
			r.PropertyDependencies["vpcConfig"] = append(r.PropertyDependencies["vpcConfig"], urnOf("private-b"))
		}
	}
	answer := reachesOf(t, rule.NewStack(resources))["fn"]
	assert.Equal(t, rule.Maybe, answer.Truth)
	assert.Equal(t, "aws:lambda/function fn → network ACLs of subnet private-a and subnet data-a → security group db-group admits members of security group web-group to tcp 5432 → aws:rds/instance db", answer.Path)
}

// Whatever is on the way is one of two that a property is computed from.
func TestAHopThatIsOneOfTwo(t *testing.T) {
	var all internetCases
	readYAML(t, "testdata/internet.yaml", &all)
	allow := []any{map[string]any{"ruleNo": 1, "action": "allow", "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": "0.0.0.0/0"}}
	acl := map[string]any{"is": "ec2/networkAcl", "vpcId": "$vpc", "ingress": allow, "egress": allow}
	list := map[string]any{"is": "ec2/managedPrefixList", "addressFamily": "IPv4", "entries": []any{map[string]any{"cidr": "203.0.113.0/24"}}}
	for _, c := range []struct {
		base, of, property, other string
		with                      topology
	}{
		{"open", "data-a-use", "routeTableId", "spare", topology{"spare": {"is": "ec2/routeTable", "vpcId": "$vpc"}}},
		{"open", "db", "dbSubnetGroupName", "spare", topology{"spare": {"is": "rds/subnetGroup", "subnetIds": []any{"$data-a"}}}},
		{"open", "db", "vpcSecurityGroupIds", "spare", topology{"spare": {"is": "ec2/securityGroup", "vpcId": "$vpc"}}},
		{"open", "acl-use", "networkAclId", "spare", topology{"acl": acl, "spare": acl, "acl-use": {"is": "ec2/networkAclAssociation", "networkAclId": "$acl", "subnetId": "$data-a"}}},
		{"open", "db-in", "prefixListId", "spare", topology{"list": list, "spare": list, "db-in": {"cidrIpv4": nil, "prefixListId": "$list"}}},
		{"balanced", "at-db", "targetGroupArn", "spare", topology{"spare": {"is": "lb/targetGroup", "port": 5432}}},
		{"balanced", "listener", "loadBalancerArn", "spare", topology{"spare": {"is": "lb/loadBalancer", "internal": true}}},
		{"balanced", "edge", "subnets", "data-a", nil},
		{"balanced", "by-path", "listenerArn", "spare", topology{
			"spare":    {"is": "lb/listener", "loadBalancerArn": "$edge", "defaultActions": []any{map[string]any{"type": "fixed-response"}}},
			"listener": {"defaultActions": []any{map[string]any{"type": "fixed-response"}}},
			"by-path":  {"is": "lb/listenerRule", "listenerArn": "$listener", "actions": []any{map[string]any{"type": "forward", "targetGroupArn": "$databases"}}},
		}},
	} {
		built := all.Bases[c.base].with(c.with, nil)
		assert.Equal(t, rule.Yes, fromInternet(t, built.stack(previewed)).Truth, "%s of %s", c.property, c.of)
		resources := built.resources(previewed)
		for _, r := range resources {
			if r.Name == c.of {
				r.PropertyDependencies[c.property] = append(r.PropertyDependencies[c.property], urnOf(c.other))
			}
		}
		assert.Equal(t, rule.Maybe, fromInternet(t, rule.NewStack(resources)).Truth, "%s of %s", c.property, c.of)
	}
}

// The provider has had load balancers under several names, which are one kind to the network.
func TestBalancersHaveOneKindUnderAllNames(t *testing.T) {
	assert.Equal(t, []string{
		"aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule", "aws:elbv2/listenerRule:ListenerRule",
		"aws:applicationloadbalancing/listenerRule:ListenerRule", "aws:elasticloadbalancingv2/listenerRule:ListenerRule",
	}, BalancerTypes("ListenerRule"))
	for resource, want := range map[string]kind{
		"LoadBalancer": balancer, "Listener": listener, "ListenerRule": listenerRule, "TargetGroup": targetGroup, "TargetGroupAttachment": target,
	} {
		for _, typ := range BalancerTypes(resource) {
			assert.Equal(t, want, kinds[typ], typ)
		}
	}
}
