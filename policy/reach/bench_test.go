package reach

import (
	"fmt"
	"testing"

	"coffee-platform/policy/rule"
)

// large is a stack of about as many resources: a VPC of many subnets, groups, load balancers and data
// stores, and a cluster of many isolated workloads.
func large(resources int) rule.Stack {
	built := topology{
		"vpc":        {"is": "ec2/vpc", "cidrBlock": "10.0.0.0/8"},
		"igw":        {"is": "ec2/internetGateway", "vpcId": "$vpc"},
		"cluster":    {"is": "eks/cluster", "vpcConfig": map[string]any{"subnetIds": []any{"$subnet-0"}}},
		"controller": {"is": "kubernetes:core/v1:ConfigMap", "metadata": map[string]any{"name": controllerName, "namespace": controllerNamespace}, "data": map[string]any{controllerKey: "true"}},
	}
	const perRound = 16
	for i := range resources / perRound {
		name := func(what string) string { return fmt.Sprintf("%s-%d", what, i) }
		built[name("subnet")] = map[string]any{"is": "ec2/subnet", "vpcId": "$vpc", "cidrBlock": fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)}
		built[name("table")] = map[string]any{"is": "ec2/routeTable", "vpcId": "$vpc"}
		built[name("route")] = map[string]any{"is": "ec2/route", "routeTableId": "$" + name("table"), "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$igw"}
		built[name("use")] = map[string]any{"is": "ec2/routeTableAssociation", "subnetId": "$" + name("subnet"), "routeTableId": "$" + name("table")}
		built[name("group")] = map[string]any{"is": "ec2/securityGroup", "vpcId": "$vpc"}
		built[name("rule")] = map[string]any{"is": "vpc/securityGroupIngressRule", "securityGroupId": "$" + name("group"), "referencedSecurityGroupId": "$cluster.vpcConfig.clusterSecurityGroupId", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
		built[name("balancer")] = map[string]any{"is": "lb/loadBalancer", "loadBalancerType": "network", "subnets": []any{"$" + name("subnet")}}
		built[name("listener")] = map[string]any{"is": "lb/listener", "loadBalancerArn": "$" + name("balancer"), "port": 443, "defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": "$" + name("targets")}}}
		built[name("targets")] = map[string]any{"is": "lb/targetGroup", "vpcId": "$vpc", "port": 8000}
		built[name("target")] = map[string]any{"is": "lb/targetGroupAttachment", "targetGroupArn": "$" + name("targets"), "targetId": "10.200.0.1"}
		metadata := func(what string) map[string]any {
			return map[string]any{"name": name(what), "namespace": fmt.Sprintf("ns-%d", i%20)}
		}
		labels := map[string]any{ComponentLabel: name("app")}
		for _, what := range []string{"a", "b", "c"} {
			built[name(what)] = map[string]any{"is": "kubernetes:apps/v1:Deployment", "metadata": metadata(what), "spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{map[string]any{"name": what}}}}}}
		}
		built[name("allow")] = map[string]any{"is": "kubernetes:networking.k8s.io/v1:NetworkPolicy", "metadata": metadata("allow"), "spec": map[string]any{"podSelector": map[string]any{"matchLabels": labels}, "policyTypes": []any{"Egress"}, "egress": []any{map[string]any{"to": []any{map[string]any{"ipBlock": map[string]any{"cidr": "10.250.0.0/16"}}}}}}}
		if i%10 == 0 {
			built[name("places")] = map[string]any{"is": "rds/subnetGroup", "subnetIds": []any{"$" + name("subnet")}}
			built[name("db")] = map[string]any{"is": "rds/instance", "engine": "postgres", "publiclyAccessible": true, "dbSubnetGroupName": "$" + name("places"), "vpcSecurityGroupIds": []any{"$" + name("group")}}
		}
	}
	return built.stack(previewed)
}

func BenchmarkFromInternet(b *testing.B) {
	for _, size := range []int{1000, 10000} {
		stack := large(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				n := New(stack)
				for _, s := range n.Stores() {
					n.FromInternet(s)
				}
			}
		})
	}
}

func BenchmarkReaches(b *testing.B) {
	for _, size := range []int{1000, 10000} {
		stack := large(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				n := New(stack)
				var result rule.Result
				clients, policies := n.Clients(&result), n.Policies(&result)
				for _, s := range n.Stores()[:2] {
					for _, c := range clients {
						n.Reaches(c, s, policies)
					}
				}
			}
		})
	}
}
