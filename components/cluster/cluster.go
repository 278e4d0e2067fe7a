package cluster

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	awseks "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v4/go/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

// Cluster is an EKS cluster with its roles, node pool and Kubernetes provider.
type Cluster struct {
	pulumi.ResourceState

	// Name is the cluster's name, as "aws eks update-kubeconfig" wants it.
	Name pulumi.StringOutput `pulumi:"name"`
	// SecurityGroupID is the group that EKS puts nodes, pods and the control plane into.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// Provider reaches the cluster's Kubernetes API; resources that use it wait for the control plane.
	Provider *kubernetes.Provider
	// Nodes are the resources after which pods find nodes to run on, and before which they must go.
	Nodes []pulumi.Resource
}

// New creates a cluster. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("cluster %q: %w", name, err)
	}
	c := &Cluster{}
	if err := ctx.RegisterComponentResource("coffee:cluster:Cluster", name, c, opts...); err != nil {
		return nil, fmt.Errorf("registering cluster %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, component: c, parent: pulumi.Parent(c)}
	if err := b.build(c); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"name":            c.Name,
		"securityGroupId": c.SecurityGroupID,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx       *pulumi.Context
	name      string
	args      *Args
	component *Cluster
	parent    pulumi.ResourceOption
	// key encrypts the cluster's secrets and its nodes' disks.
	key *kms.Key
	// clusterName and securityGroupID are known once the control plane is there.
	clusterName     pulumi.StringOutput
	securityGroupID pulumi.StringOutput
	// inCluster places a resource in the cluster.
	inCluster pulumi.ResourceOption
}

func (b *builder) build(c *Cluster) error {
	var err error
	b.key, err = encryption.NewKey(b.ctx, b.name, fmt.Sprintf("Kubernetes secrets and node disks of %s", b.args.ClusterName),
		b.args.DeletionProtection, b.parent)
	if err != nil {
		return err
	}
	controlPlane, err := b.createControlPlane()
	if err != nil {
		return err
	}
	b.clusterName = controlPlane.EksCluster.Name()
	b.securityGroupID = controlPlane.ClusterSecurityGroupId

	provider, err := kubernetes.NewProvider(b.ctx, b.name, &kubernetes.ProviderArgs{
		Kubeconfig: controlPlane.KubeconfigJson,
		// Without it, a changed kubeconfig (a new endpoint mode, say) reads as another cluster, and
		// every object in it would be replaced.
		ClusterIdentifier: pulumi.String(b.args.ClusterName),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating the Kubernetes provider of %q: %w", b.name, err)
	}
	b.inCluster = pulumi.Composite(b.parent, pulumi.Provider(provider))

	for i, admin := range b.args.Admins {
		if _, err := b.grantAccess(fmt.Sprintf("admin-%d", i), "STANDARD", adminPolicy, pulumi.String(admin)); err != nil {
			return err
		}
	}
	nodes, err := b.createNodeRole()
	if err != nil {
		return err
	}
	nodeAccess, err := b.grantAccess("node", "EC2", autoNodePolicy, nodes.Arn)
	if err != nil {
		return err
	}
	class, err := b.createNodeClass(nodes, nodeAccess)
	if err != nil {
		return err
	}
	pool, err := b.createNodePool(class)
	if err != nil {
		return err
	}

	c.Name = b.clusterName
	c.SecurityGroupID = b.securityGroupID
	c.Provider = provider
	c.Nodes = []pulumi.Resource{pool}
	return nil
}

func (b *builder) createControlPlane() (*eks.Cluster, error) {
	// EKS would make the log group itself, and keep its logs for ever.
	logs, err := cloudwatch.NewLogGroup(b.ctx, b.name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.Sprintf("/aws/eks/%s/cluster", b.args.ClusterName),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating the log group of %q: %w", b.name, err)
	}
	controlPlaneRole, err := b.createClusterRole()
	if err != nil {
		return nil, err
	}

	args := &eks.ClusterArgs{
		Name:               pulumi.String(b.args.ClusterName),
		Version:            pulumi.String(b.args.Version),
		AuthenticationMode: new(eks.AuthenticationModeApi),
		UpgradePolicy:      &awseks.ClusterUpgradePolicyArgs{SupportType: pulumi.String("STANDARD")},
		AutoMode: &eks.AutoModeOptionsArgs{
			Enabled:        true,
			CreateNodeRole: new(false),
			ComputeConfig:  &eks.ClusterComputeConfigArgs{NodePools: pulumi.StringArray{}},
		},
		// Auto Mode needs neither an instance role nor CoreDNS as an add-on; the component would add both.
		CreateInstanceRole:     new(false),
		CorednsAddonOptions:    &eks.CoreDnsAddonOptionsArgs{Enabled: new(false)},
		ServiceRole:            controlPlaneRole.granted(),
		PrivateSubnetIds:       b.args.PrivateSubnetIDs,
		EndpointPrivateAccess:  pulumi.Bool(true),
		EndpointPublicAccess:   pulumi.Bool(len(b.args.PublicAccessCIDRs) > 0),
		EncryptionConfigKeyArn: b.key.Arn,
		EnabledClusterLogTypes: pulumi.ToStringArray(b.args.LogTypes),
	}
	if len(b.args.PublicAccessCIDRs) > 0 {
		args.PublicAccessCidrs = pulumi.ToStringArray(b.args.PublicAccessCIDRs)
	}
	controlPlane, err := eks.NewCluster(b.ctx, b.name, args, b.parent,
		pulumi.DependsOn([]pulumi.Resource{logs}),
		pulumi.Protect(b.args.DeletionProtection),
		pulumi.Transforms([]pulumi.ResourceTransform{b.completeCluster}))
	if err != nil {
		return nil, fmt.Errorf("creating EKS cluster %q: %w", b.name, err)
	}
	return controlPlane, nil
}

// completeCluster adds to the cluster resource inside eks.Cluster what that component has no input for.
func (b *builder) completeCluster(_ context.Context, args *pulumi.ResourceTransformArgs) *pulumi.ResourceTransformResult {
	if args.Type != "aws:eks/cluster:Cluster" {
		return nil
	}
	args.Props["deletionProtection"] = pulumi.Bool(b.args.DeletionProtection)
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}
