package cluster

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/iampolicy"
)

// managedPolicyPrefix is where AWS keeps its managed policies.
const managedPolicyPrefix = "arn:aws:iam::aws:policy/"

// clusterPolicies are the managed policies the control plane needs in Auto Mode
// (https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html). They are enough to fill target groups
// made elsewhere: AmazonEKSLoadBalancingPolicy registers pods in those that carry the tag eks:eks-cluster-name with the
// cluster's name, AmazonEKSClusterPolicy looks at their health and takes pods out of any
// (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKSLoadBalancingPolicy.html).
var clusterPolicies = []string{
	"AmazonEKSClusterPolicy",
	"AmazonEKSComputePolicy",
	"AmazonEKSBlockStoragePolicy",
	"AmazonEKSLoadBalancingPolicy",
	"AmazonEKSNetworkingPolicy",
}

// nodePolicies are the managed policies a node needs in Auto Mode
// (https://docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html).
var nodePolicies = []string{
	"AmazonEKSWorkerNodeMinimalPolicy",
	"AmazonEC2ContainerRegistryPullOnly",
}

// role is an IAM role together with what grants it its permissions.
type role struct {
	*iam.Role
	grants []pulumi.Resource
}

// granted is the role once it has all its permissions: what takes it from here also waits for them.
func (r role) granted() iam.RoleOutput {
	waits := make([]any, len(r.grants))
	for i, g := range r.grants {
		waits[i] = g.(pulumi.CustomResource).ID()
	}
	return pulumi.All(waits...).ApplyT(func([]any) *iam.Role { return r.Role }).(iam.RoleOutput)
}

// createClusterRole makes the role of the control plane.
func (b *builder) createClusterRole() (role, error) {
	r, err := b.createRole("control-plane", "Lets EKS run the cluster",
		iampolicy.ServiceTrust("eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"), clusterPolicies)
	if err != nil {
		return role{}, err
	}
	for _, permission := range []struct {
		suffix string
		policy pulumi.StringInput
	}{
		{"tags", pulumi.String(taggingPolicy())},
		{"disks", b.key.Arn.ApplyT(diskPolicy).(pulumi.StringOutput)},
	} {
		name := b.name + "-control-plane-" + permission.suffix
		grant, err := iam.NewRolePolicy(b.ctx, name, &iam.RolePolicyArgs{Role: r.ID(), Policy: permission.policy}, b.parent)
		if err != nil {
			return role{}, fmt.Errorf("granting role %q: %w", name, err)
		}
		r.grants = append(r.grants, grant)
	}
	return r, nil
}

// diskPolicy lets Auto Mode launch nodes whose disks are encrypted with the key, which its managed
// policies do not (https://docs.aws.amazon.com/eks/latest/userguide/auto-kms.html). The key's own policy
// leaves who may use it to IAM.
func diskPolicy(keyARN string) string {
	return iampolicy.Document(
		iampolicy.Statement{
			Sid:      "UseKey",
			Effect:   iampolicy.Allow,
			Action:   []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"},
			Resource: []string{keyARN},
		},
		iampolicy.Statement{
			Sid:       "AttachDisks",
			Effect:    iampolicy.Allow,
			Action:    []string{"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"},
			Resource:  []string{keyARN},
			Condition: map[string]map[string][]string{"Bool": {"kms:GrantIsForAWSResource": {"true"}}},
		},
	)
}

// taggingPolicy lets Auto Mode put tags of one's own on what it launches, which its managed policies
// do not, for resources it marks as this cluster's
// (https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html, "Custom AWS tags").
func taggingPolicy() string {
	ofThisCluster := map[string][]string{
		"aws:RequestTag/eks:eks-cluster-name": {"${aws:PrincipalTag/eks:eks-cluster-name}"},
	}
	return iampolicy.Document(
		iampolicy.Statement{
			Sid:      "Compute",
			Effect:   iampolicy.Allow,
			Action:   []string{"ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"},
			Resource: []string{"*"},
			Condition: map[string]map[string][]string{
				"StringEquals": ofThisCluster,
				"StringLike": {
					"aws:RequestTag/eks:kubernetes-node-class-name": {"*"},
					"aws:RequestTag/eks:kubernetes-node-pool-name":  {"*"},
				},
			},
		},
		iampolicy.Statement{
			Sid:       "Storage",
			Effect:    iampolicy.Allow,
			Action:    []string{"ec2:CreateVolume", "ec2:CreateSnapshot"},
			Resource:  []string{"arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"},
			Condition: map[string]map[string][]string{"StringEquals": ofThisCluster},
		},
		iampolicy.Statement{
			Sid:      "Networking",
			Effect:   iampolicy.Allow,
			Action:   []string{"ec2:CreateNetworkInterface"},
			Resource: []string{"*"},
			Condition: map[string]map[string][]string{
				"StringEquals": ofThisCluster,
				"StringLike":   {"aws:RequestTag/eks:kubernetes-cni-node-name": {"*"}},
			},
		},
	)
}

// createNodeRole makes the role of the nodes.
func (b *builder) createNodeRole() (role, error) {
	return b.createRole("node", "Lets nodes join the cluster and pull images",
		iampolicy.ServiceTrust("ec2.amazonaws.com"), nodePolicies)
}

func (b *builder) createRole(suffix, description, trust string, managed []string) (role, error) {
	name := b.name + "-" + suffix
	r, err := iam.NewRole(b.ctx, name, &iam.RoleArgs{
		Description:      pulumi.String(description),
		AssumeRolePolicy: pulumi.String(trust),
	}, b.parent)
	if err != nil {
		return role{}, fmt.Errorf("creating role %q: %w", name, err)
	}
	grants := make([]pulumi.Resource, len(managed))
	for i, policy := range managed {
		attachment := name + "-" + strings.TrimPrefix(policy, "Amazon")
		grants[i], err = iam.NewRolePolicyAttachment(b.ctx, attachment, &iam.RolePolicyAttachmentArgs{
			Role:      r.Name,
			PolicyArn: pulumi.String(managedPolicyPrefix + policy),
		}, b.parent)
		if err != nil {
			return role{}, fmt.Errorf("attaching %q: %w", attachment, err)
		}
	}
	return role{Role: r, grants: grants}, nil
}
