package cluster

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi-eks/sdk/v4/go/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// endpointPort is what the API listens on.
const endpointPort = 443

// admitPrivately lets networks reach the private endpoint: its interfaces are in the cluster's security group, which
// admits its own members only (https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html).
func (b *builder) admitPrivately(controlPlane *eks.Cluster) ([]pulumi.Resource, error) {
	var admitted []pulumi.Resource
	for i, cidr := range b.args.PrivateAccessCIDRs {
		name := fmt.Sprintf("%s-endpoint-%d", b.name, i)
		rule, err := vpc.NewSecurityGroupIngressRule(b.ctx, name, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: controlPlane.ClusterSecurityGroupId,
			CidrIpv4:        pulumi.String(cidr),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(endpointPort),
			ToPort:          pulumi.Int(endpointPort),
			Description:     pulumi.String("Kubernetes API from " + cidr),
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("creating ingress rule %q: %w", name, err)
		}
		admitted = append(admitted, rule)
	}
	return admitted, nil
}
