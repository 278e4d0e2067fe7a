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
