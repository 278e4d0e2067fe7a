package eks

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

const clusterToken = "eks:index:Cluster"

// clusterArgs are the options the stand-in knows.
type clusterArgs struct {
	Name                   pulumi.StringPtrInput            `pulumi:"name"`
	Version                pulumi.StringPtrInput            `pulumi:"version"`
	AuthenticationMode     *string                          `pulumi:"authenticationMode"`
	UpgradePolicy          eks.ClusterUpgradePolicyPtrInput `pulumi:"upgradePolicy"`
	AutoMode               *autoMode                        `pulumi:"autoMode"`
	CreateInstanceRole     *bool                            `pulumi:"createInstanceRole"`
	CorednsAddonOptions    *addonOptions                    `pulumi:"corednsAddonOptions"`
	ServiceRole            iam.RoleInput                    `pulumi:"serviceRole"`
	PrivateSubnetIDs       pulumi.StringArrayInput          `pulumi:"privateSubnetIds"`
	EndpointPrivateAccess  pulumi.BoolPtrInput              `pulumi:"endpointPrivateAccess"`
	EndpointPublicAccess   pulumi.BoolPtrInput              `pulumi:"endpointPublicAccess"`
	PublicAccessCIDRs      pulumi.StringArrayInput          `pulumi:"publicAccessCidrs"`
	EncryptionConfigKeyARN pulumi.StringPtrInput            `pulumi:"encryptionConfigKeyArn"`
	EnabledClusterLogTypes pulumi.StringArrayInput          `pulumi:"enabledClusterLogTypes"`
	ServiceIPRange         pulumi.StringPtrInput            `pulumi:"kubernetesServiceIpAddressRange"`
}

type autoMode struct {
	Enabled        bool           `pulumi:"enabled"`
	CreateNodeRole *bool          `pulumi:"createNodeRole"`
	ComputeConfig  *computeConfig `pulumi:"computeConfig"`
}

type computeConfig struct {
	NodePools []string `pulumi:"nodePools"`
}

type addonOptions struct {
	Enabled                  *bool   `pulumi:"enabled"`
	ResolveConflictsOnCreate *string `pulumi:"resolveConflictsOnCreate"`
	ResolveConflictsOnUpdate *string `pulumi:"resolveConflictsOnUpdate"`
}

// readArgs reads the component's inputs and refuses what the stand-in does not imitate.
func readArgs(inputs provider.ConstructInputs) (*clusterArgs, error) {
	args := &clusterArgs{}
	if err := inputs.CopyTo(args); err != nil {
		return nil, fmt.Errorf("reading the component's inputs: %w", err)
	}
	given, err := inputs.Map()
	if err != nil {
		return nil, fmt.Errorf("reading the component's inputs: %w", err)
	}
	known := map[string]bool{}
	for i := range reflect.TypeFor[clusterArgs]().NumField() {
		known[reflect.TypeFor[clusterArgs]().Field(i).Tag.Get("pulumi")] = true
	}
	for _, option := range slices.Sorted(maps.Keys(given)) {
		if !known[option] {
			return nil, notImitated(option)
		}
	}
	switch {
	case args.AutoMode == nil || !args.AutoMode.Enabled:
		return nil, notImitated("a cluster without autoMode.enabled")
	case args.AutoMode.CreateNodeRole == nil || *args.AutoMode.CreateNodeRole:
		return nil, notImitated("autoMode.createNodeRole: true")
	case args.CreateInstanceRole == nil || *args.CreateInstanceRole:
		return nil, notImitated("createInstanceRole: true")
	case args.CorednsAddonOptions == nil || args.CorednsAddonOptions.Enabled == nil || *args.CorednsAddonOptions.Enabled:
		return nil, notImitated("corednsAddonOptions.enabled: true")
	case args.ServiceRole == nil:
		return nil, notImitated("a cluster without serviceRole")
	case args.AuthenticationMode == nil || *args.AuthenticationMode != "API":
		return nil, notImitated("an authenticationMode other than API")
	}
	return args, nil
}

func notImitated(option string) error {
	return fmt.Errorf("the sandbox's eks.Cluster does not imitate %s: see internal/sandbox/eks", option)
}

// cluster is the component, with the outputs the stand-in gives.
type cluster struct {
	pulumi.ResourceState

	EksCluster             eks.ClusterOutput   `pulumi:"eksCluster"`
	ClusterSecurityGroupID pulumi.StringOutput `pulumi:"clusterSecurityGroupId"`
	NodeSecurityGroupID    pulumi.StringOutput `pulumi:"nodeSecurityGroupId"`
	Kubeconfig             pulumi.AnyOutput    `pulumi:"kubeconfig"`
	KubeconfigJSON         pulumi.StringOutput `pulumi:"kubeconfigJson"`
	InstanceRoles          iam.RoleArrayOutput `pulumi:"instanceRoles"`
	OidcIssuer             pulumi.StringOutput `pulumi:"oidcIssuer"`
	OidcProviderARN        pulumi.StringOutput `pulumi:"oidcProviderArn"`
	AutoModeNodeRoleName   pulumi.StringOutput `pulumi:"autoModeNodeRoleName"`
}

func newCluster(ctx *pulumi.Context, name string, args *clusterArgs, options pulumi.ResourceOption) (*cluster, error) {
	c := &cluster{}
	if err := ctx.RegisterComponentResource(clusterToken, name, c, options); err != nil {
		return nil, fmt.Errorf("registering the component: %w", err)
	}
	parent := pulumi.Parent(c)
	if _, err := aws.GetPartition(ctx, nil, pulumi.Parent(c)); err != nil {
		return nil, fmt.Errorf("calling getPartition: %w", err)
	}

	// As in the component, everything of Auto Mode is known, or unknown, together.
	computeConfig := &eks.ClusterComputeConfigArgs{Enabled: pulumi.Bool(true)}
	if args.AutoMode.ComputeConfig != nil {
		computeConfig.NodePools = pulumi.ToStringArray(args.AutoMode.ComputeConfig.NodePools)
	}
	clusterArgs := &eks.ClusterArgs{
		Name:    args.Name,
		RoleArn: args.ServiceRole.ToRoleOutput().Arn(),
		Version: args.Version,

		ComputeConfig: computeConfig,
		StorageConfig: &eks.ClusterStorageConfigArgs{
			BlockStorage: &eks.ClusterStorageConfigBlockStorageArgs{Enabled: pulumi.Bool(true)},
		},
		KubernetesNetworkConfig: &eks.ClusterKubernetesNetworkConfigArgs{
			IpFamily:             pulumi.String("ipv4"),
			ServiceIpv4Cidr:      args.ServiceIPRange,
			ElasticLoadBalancing: &eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs{Enabled: pulumi.Bool(true)},
		},
		BootstrapSelfManagedAddons: pulumi.Bool(false),

		VpcConfig: &eks.ClusterVpcConfigArgs{
			SubnetIds:             args.PrivateSubnetIDs,
			EndpointPrivateAccess: args.EndpointPrivateAccess,
			EndpointPublicAccess:  args.EndpointPublicAccess,
			PublicAccessCidrs:     args.PublicAccessCIDRs,
		},
		AccessConfig: &eks.ClusterAccessConfigArgs{
			AuthenticationMode:                      pulumi.StringPtrFromPtr(args.AuthenticationMode),
			BootstrapClusterCreatorAdminPermissions: pulumi.Bool(true),
		},
		EnabledClusterLogTypes: args.EnabledClusterLogTypes,
		UpgradePolicy:          args.UpgradePolicy,
		Tags:                   pulumi.StringMap{"Name": pulumi.String(name + "-eksCluster")},
	}
	if args.EncryptionConfigKeyARN != nil {
		clusterArgs.EncryptionConfig = &eks.ClusterEncryptionConfigArgs{
			Provider:  &eks.ClusterEncryptionConfigProviderArgs{KeyArn: args.EncryptionConfigKeyARN.ToStringPtrOutput().Elem()},
			Resources: pulumi.ToStringArray([]string{"secrets"}),
		}
	}
	created, err := eks.NewCluster(ctx, name+"-eksCluster", clusterArgs, parent, pulumi.IgnoreChanges([]string{
		"accessConfig.bootstrapClusterCreatorAdminPermissions",
		"bootstrapSelfManagedAddons",
	}))
	if err != nil {
		return nil, fmt.Errorf("registering the cluster: %w", err)
	}

	c.KubeconfigJSON = kubeconfig(created)
	if _, err := kubernetes.NewProvider(ctx, name+"-eks-k8s", &kubernetes.ProviderArgs{Kubeconfig: c.KubeconfigJSON}, parent); err != nil {
		return nil, fmt.Errorf("registering the Kubernetes provider: %w", err)
	}
	c.EksCluster = created.ToClusterOutput()
	c.ClusterSecurityGroupID = created.VpcConfig.ClusterSecurityGroupId().Elem()
	c.NodeSecurityGroupID = c.ClusterSecurityGroupID
	c.Kubeconfig = pulumi.JSONUnmarshal(c.KubeconfigJSON).ApplyT(func(v any) any { return v }).(pulumi.AnyOutput)
	c.InstanceRoles = iam.RoleArray{}.ToRoleArrayOutput()
	c.OidcIssuer = created.Identities.Index(pulumi.Int(0)).Oidcs().Index(pulumi.Int(0)).Issuer().Elem().
		ApplyT(func(url string) string { return strings.TrimPrefix(url, "https://") }).(pulumi.StringOutput)
	c.OidcProviderARN = pulumi.String("").ToStringOutput()
	c.AutoModeNodeRoleName = pulumi.String("").ToStringOutput()
	if err := ctx.RegisterResourceOutputs(c, pulumi.Map{
		"eksCluster":     c.EksCluster,
		"kubeconfigJson": c.KubeconfigJSON,
	}); err != nil {
		return nil, fmt.Errorf("registering the component's outputs: %w", err)
	}
	return c, nil
}

// kubeconfig is the way into the cluster, its token made anew by the AWS CLI each time.
func kubeconfig(c *eks.Cluster) pulumi.StringOutput {
	return pulumi.All(c.Name, c.Endpoint, c.CertificateAuthority.Data(), c.Arn).ApplyT(func(values []any) (string, error) {
		name, _ := values[0].(string)
		endpoint, _ := values[1].(string)
		authority, _ := values[2].(*string)
		arn, _ := values[3].(string)
		parts := strings.Split(arn, ":")
		if authority == nil || len(parts) < 4 {
			return "", errors.New("the cluster has no certificate authority or no ARN")
		}
		text, err := json.Marshal(map[string]any{
			"apiVersion": "v1",
			"kind":       "Config",
			"clusters": []any{map[string]any{
				"name":    "kubernetes",
				"cluster": map[string]any{"server": endpoint, "certificate-authority-data": *authority},
			}},
			"contexts": []any{map[string]any{
				"name":    "aws",
				"context": map[string]any{"cluster": "kubernetes", "user": "aws"},
			}},
			"current-context": "aws",
			"users": []any{map[string]any{
				"name": "aws",
				"user": map[string]any{"exec": map[string]any{
					"apiVersion": "client.authentication.k8s.io/v1beta1",
					"command":    "aws",
					"args":       []any{"--region", parts[3], "eks", "get-token", "--cluster-name", name},
				}},
			}},
		})
		if err != nil {
			return "", fmt.Errorf("writing the kubeconfig: %w", err)
		}
		return string(text), nil
	}).(pulumi.StringOutput)
}
