package cluster

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// generalPool names the pool, and the node class, of everything that has no pool of its own.
	generalPool = "general"

	// nodeDiskGiB is a node's ephemeral storage; AWS's own default is 80 GiB.
	nodeDiskGiB = 80

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

// createNodeClass says how nodes are made. The node role's permissions and its way into the cluster come
// first, and on the way down last: a node that lost them can neither drain nor leave.
func (b *builder) createNodeClass(nodes role, nodeAccess pulumi.Resource) (*apiextensions.CustomResource, error) {
	subnets := b.args.PrivateSubnetIDs.ToStringArrayOutput().ApplyT(func(ids []string) []map[string]string {
		terms := make([]map[string]string, len(ids))
		for i, id := range ids {
			terms[i] = map[string]string{"id": id}
		}
		return terms
	})
	tags := pulumi.StringMap{}
	for key, value := range b.args.Tags {
		tags[key] = pulumi.String(value)
	}
	class, err := apiextensions.NewCustomResource(b.ctx, b.name+"-nodes-"+generalPool, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("eks.amazonaws.com/v1"),
		Kind:       pulumi.String("NodeClass"),
		Metadata:   &metav1.ObjectMetaArgs{Name: pulumi.String(generalPool)},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			"role":                nodes.Name,
			"subnetSelectorTerms": subnets,
			"securityGroupSelectorTerms": pulumi.Array{
				pulumi.StringMap{"id": b.securityGroupID},
			},
			"ephemeralStorage": pulumi.Map{
				"size":     pulumi.Sprintf("%dGi", nodeDiskGiB),
				"kmsKeyID": b.key.Arn,
			},
			"tags": tags,
		}},
	}, b.inCluster, pulumi.DependsOn(append([]pulumi.Resource{nodeAccess}, nodes.grants...)))
	if err != nil {
		return nil, fmt.Errorf("creating node class %q: %w", generalPool, err)
	}
	return class, nil
}

// createNodePool says which nodes may be launched for pods that name no pool, and how many.
func (b *builder) createNodePool(class *apiextensions.CustomResource) (*apiextensions.CustomResource, error) {
	in := func(key string, values ...string) pulumi.Map {
		return pulumi.Map{
			"key":      pulumi.String(key),
			"operator": pulumi.String("In"),
			"values":   pulumi.ToStringArray(values),
		}
	}
	pool, err := apiextensions.NewCustomResource(b.ctx, b.name+"-pool-"+generalPool, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("karpenter.sh/v1"),
		Kind:       pulumi.String("NodePool"),
		Metadata:   &metav1.ObjectMetaArgs{Name: pulumi.String(generalPool)},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			"template": pulumi.Map{
				"metadata": pulumi.Map{
					"labels": pulumi.StringMap{"coffee.dev/pool": pulumi.String(generalPool)},
				},
				"spec": pulumi.Map{
					"nodeClassRef": pulumi.StringMap{
						"group": pulumi.String("eks.amazonaws.com"),
						"kind":  pulumi.String("NodeClass"),
						"name":  class.Metadata.Name().Elem(),
					},
					"requirements": pulumi.Array{
						in("karpenter.sh/capacity-type", "on-demand"),
						in("kubernetes.io/arch", "amd64"),
						// General-purpose, compute and memory families of a generation that Auto Mode
						// launches, none larger than the pool is worth.
						in("eks.amazonaws.com/instance-category", "c", "m", "r"),
						in("eks.amazonaws.com/instance-cpu", "2", "4", "8"),
						pulumi.Map{
							"key":      pulumi.String("eks.amazonaws.com/instance-generation"),
							"operator": pulumi.String("Gt"),
							"values":   pulumi.ToStringArray([]string{"5"}),
						},
					},
					// Auto Mode ends nodes at 21 days; two weeks, its own default, leaves time to drain.
					"expireAfter": pulumi.String("336h"),
				},
			},
			"limits": pulumi.StringMap{
				"cpu":    pulumi.Sprintf("%d", b.args.General.CPU),
				"memory": pulumi.Sprintf("%dGi", b.args.General.MemoryGiB),
			},
			"disruption": pulumi.Map{
				"consolidationPolicy": pulumi.String("WhenEmptyOrUnderutilized"),
				"consolidateAfter":    pulumi.String("5m"),
				"budgets": pulumi.Array{
					// One node at a time, so that a small cluster never loses all of its nodes at once.
					pulumi.StringMap{"nodes": pulumi.String("1")},
				},
			},
		}},
	}, b.inCluster, pulumi.DependsOn([]pulumi.Resource{class}))
	if err != nil {
		return nil, fmt.Errorf("creating node pool %q: %w", generalPool, err)
	}
	return pool, nil
}
