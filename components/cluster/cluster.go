package cluster

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	awseks "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-eks/sdk/v4/go/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

// Cluster is an EKS cluster with its roles and its Kubernetes provider.
type Cluster struct {
	pulumi.ResourceState

	// Name is the cluster's name, as "aws eks update-kubeconfig" wants it.
	Name pulumi.StringOutput `pulumi:"name"`
	// SecurityGroupID is the group that EKS puts nodes, pods and the control plane into.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// Provider reaches the cluster's Kubernetes API; resources that use it wait for the control plane.
	Provider *kubernetes.Provider
	// KeyARN is the key that encrypts the cluster's secrets and logs, and its nodes' disks.
	KeyARN pulumi.StringOutput `pulumi:"keyArn"`
	// NodeRole is the name of the IAM role of nodes, NodeAccess what lets them do their work and join.
	NodeRole   pulumi.StringOutput `pulumi:"nodeRole"`
	NodeAccess []pulumi.Resource
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
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(c)}
	if err := b.build(c); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"name":            c.Name,
		"securityGroupId": c.SecurityGroupID,
		"keyArn":          c.KeyARN,
		"nodeRole":        c.NodeRole,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	// key encrypts the cluster's secrets and logs, and its nodes' disks.
	key *kms.Key
	// clusterName is known once the control plane is there.
	clusterName pulumi.StringOutput
}

func (b *builder) build(c *Cluster) error {
	var err error
	b.key, err = encryption.NewKey(b.ctx, b.name, &encryption.Args{
		Description: fmt.Sprintf("Kubernetes secrets, node disks and logs of %s", b.args.ClusterName),
		Protect:     b.args.Protect,
		LogsOf:      &encryption.LogsOf{Region: b.args.Region, AccountID: b.args.AccountID},
	}, b.parent)
	if err != nil {
		return err
	}
	controlPlane, err := b.createControlPlane()
	if err != nil {
		return err
	}
	b.clusterName = controlPlane.EksCluster.Name()
	admitted, err := b.admitPrivately(controlPlane)
	if err != nil {
		return err
	}
	for i, admin := range b.args.Admins {
		access, err := b.grantAccess(fmt.Sprintf("admin-%d", i), "STANDARD", adminPolicy, pulumi.String(admin))
		if err != nil {
			return err
		}
		admitted = append(admitted, access)
	}

	// Nothing can be done in the cluster before its administrators, of whom this program is one, are let in, by the
	// network too.
	provider, err := kubernetes.NewProvider(b.ctx, b.name, &kubernetes.ProviderArgs{
		Kubeconfig: controlPlane.KubeconfigJson,
		// Without it, a changed kubeconfig (a new endpoint mode, say) reads as another cluster, and
		// every object in it would be replaced.
		ClusterIdentifier: pulumi.String(b.args.ClusterName),
	}, b.parent, pulumi.DependsOn(admitted))
	if err != nil {
		return fmt.Errorf("creating the Kubernetes provider of %q: %w", b.name, err)
	}
	if err := b.enableNetworkPolicies(provider); err != nil {
		return err
	}
	nodes, err := b.createNodeRole()
	if err != nil {
		return err
	}
	nodeAccess, err := b.grantAccess("node", "EC2", autoNodePolicy, nodes.Arn)
	if err != nil {
		return err
	}

	c.Name = b.clusterName
	c.SecurityGroupID = controlPlane.ClusterSecurityGroupId
	c.KeyARN = b.key.Arn
	c.NodeRole = nodes.Name
	c.NodeAccess = append(nodes.grants, nodeAccess)
	c.Provider = provider
	return nil
}

// enableNetworkPolicies switches on what enforces network policies; without it Auto Mode takes them and
// does nothing (https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html).
func (b *builder) enableNetworkPolicies(provider *kubernetes.Provider) error {
	name := b.name + "-network-policies"
	_, err := corev1.NewConfigMap(b.ctx, name, &corev1.ConfigMapArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name:      pulumi.String("amazon-vpc-cni"),
			Namespace: pulumi.String("kube-system"),
		},
		Data: pulumi.StringMap{"enable-network-policy-controller": pulumi.String("true")},
	}, b.parent, pulumi.Provider(provider))
	if err != nil {
		return fmt.Errorf("creating settings %q: %w", name, err)
	}
	return nil
}

func (b *builder) createControlPlane() (*eks.Cluster, error) {
	// EKS would make the log group itself, and keep its logs for ever.
	logs, err := cloudwatch.NewLogGroup(b.ctx, b.name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.Sprintf("/aws/eks/%s/cluster", b.args.ClusterName),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		KmsKeyId:        b.key.Arn,
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
		CreateInstanceRole:  new(false),
		CorednsAddonOptions: &eks.CoreDnsAddonOptionsArgs{Enabled: new(false)},
		ServiceRole:         controlPlaneRole.granted(),
		PrivateSubnetIds:    b.args.PrivateSubnetIDs,

		KubernetesServiceIpAddressRange: pulumi.String(ServiceCIDR),

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
		pulumi.Protect(b.args.Protect),
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
	// The component has whoever creates the cluster be its administrator for ever, and nothing show it.
	args.Props["accessConfig"] = pulumi.Map{
		"authenticationMode":                      pulumi.String(eks.AuthenticationModeApi),
		"bootstrapClusterCreatorAdminPermissions": pulumi.Bool(false),
	}
	// Lets AWS, or a person, take a failing zone out of the cluster's traffic; it costs nothing
	// (https://docs.aws.amazon.com/eks/latest/userguide/zone-shift.html).
	args.Props["zonalShiftConfig"] = pulumi.Map{"enabled": pulumi.Bool(true)}
	return &pulumi.ResourceTransformResult{Props: args.Props, Opts: args.Opts}
}
