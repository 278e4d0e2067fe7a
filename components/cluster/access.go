package cluster

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// autoNodePolicy is the access policy by which an Auto Mode node may act in the cluster
	// (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html).
	autoNodePolicy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"

	// adminPolicy is the access policy of Args.Admins
	// (https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html).
	adminPolicy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
)

// grantAccess lets an IAM principal into the cluster: an access entry, and the access policy that says
// what it may do there. It returns the association, after which the access works.
func (b *builder) grantAccess(suffix, entryType, policy string, principal pulumi.StringInput) (pulumi.Resource, error) {
	name := b.name + "-" + suffix
	entry, err := awseks.NewAccessEntry(b.ctx, name, &awseks.AccessEntryArgs{
		ClusterName:  b.clusterName,
		PrincipalArn: principal,
		Type:         pulumi.String(entryType),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating access entry %q: %w", name, err)
	}
	association, err := awseks.NewAccessPolicyAssociation(b.ctx, name, &awseks.AccessPolicyAssociationArgs{
		ClusterName:  b.clusterName,
		PrincipalArn: entry.PrincipalArn,
		PolicyArn:    pulumi.String(policy),
		AccessScope:  &awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("associating access policy %q: %w", name, err)
	}
	return association, nil
}
