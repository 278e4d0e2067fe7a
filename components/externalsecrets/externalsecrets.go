package externalsecrets

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/chart"
	"coffee-platform/components/identity"
	"coffee-platform/components/namespace"
	"coffee-platform/internal/awaitready"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/iampolicy"
)

// NamespaceName is where the controller runs.
const NamespaceName = "external-secrets"

const (
	// chartName is also the release's, and so in the labels of its pods.
	chartName = "external-secrets"
	// storeName is the store's.
	storeName = "aws"
)

// ExternalSecrets is the controller and its store.
type ExternalSecrets struct {
	pulumi.ResourceState

	// StoreName is the name of the SecretStore; what takes it from here waits until the store is ready.
	StoreName pulumi.StringOutput `pulumi:"storeName"`
}

// New creates the controller and its store. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*ExternalSecrets, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("external secrets %q: %w", name, err)
	}
	e := &ExternalSecrets{}
	if err := ctx.RegisterComponentResource("coffee:externalsecrets:ExternalSecrets", name, e, opts...); err != nil {
		return nil, fmt.Errorf("registering external secrets %q: %w", name, err)
	}
	parent := pulumi.Parent(e)

	place, err := namespace.New(ctx, name, args.namespaceArgs(), parent)
	if err != nil {
		return nil, err
	}
	who, err := identity.New(ctx, name, &identity.Args{
		Namespace:      NamespaceName,
		ServiceAccount: serviceAccount,
		Region:         args.Region,
		AccountID:      args.AccountID,
		ClusterName:    args.ClusterName,
		Cluster:        args.Cluster,
		Permissions:    args.permissions(),
	}, parent)
	if err != nil {
		return nil, err
	}
	release, err := chart.Install(ctx, name, &chart.Args{
		Chart: charts.ExternalSecrets,
		// Its Roles are in the namespace that gets the secrets, which has to be there before.
		Namespace: chart.WaitFor(place.Name, args.Namespace),
		Values:    args.values(),
		After:     append([]pulumi.Resource{who.Association}, args.After...),
	}, parent)
	if err != nil {
		return nil, err
	}
	store, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("external-secrets.io/v1"),
		Kind:       pulumi.String("SecretStore"),
		Metadata: &metav1.ObjectMetaArgs{
			Name:        pulumi.String(storeName),
			Namespace:   args.Namespace,
			Annotations: awaitready.Annotations(),
		},
		// Without auth, the store uses the identity of the controller's own pods
		// (https://external-secrets.io/latest/provider/aws-access/).
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{"provider": pulumi.Map{"aws": pulumi.StringMap{
			"service": pulumi.String("SecretsManager"),
			"region":  pulumi.String(args.Region),
		}}}},
	}, parent, pulumi.DependsOn([]pulumi.Resource{release}))
	if err != nil {
		return nil, fmt.Errorf("creating secret store %q: %w", name, err)
	}
	e.StoreName = store.Metadata.Name().Elem()
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{"storeName": e.StoreName})
}

func (a *Args) namespaceArgs() *namespace.Args {
	return &namespace.Args{
		NamespaceName:      NamespaceName,
		PodSecurityVersion: a.PodSecurityVersion,
		DNSAddress:         a.DNSAddress,
		Rules:              a.Rules,
		Quota:              a.Quota,
	}
}

// permissions are to read the secrets named, and to decrypt with their keys what Secrets Manager asks them for.
func (a *Args) permissions() pulumi.StringOutput {
	region := a.Region
	return pulumi.All(a.SecretARNs.ToStringArrayOutput(), a.KeyARNs.ToStringArrayOutput()).ApplyT(func(arns []any) string {
		return iampolicy.Document(
			iampolicy.Statement{
				Sid:      "Secrets",
				Effect:   iampolicy.Allow,
				Action:   []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
				Resource: arns[0].([]string),
			},
			iampolicy.Statement{
				Sid:      "Keys",
				Effect:   iampolicy.Allow,
				Action:   []string{"kms:Decrypt"},
				Resource: arns[1].([]string),
				Condition: map[string]map[string][]string{"StringEquals": {
					"kms:ViaService": {"secretsmanager." + region + ".amazonaws.com"},
				}},
			},
		)
	}).(pulumi.StringOutput)
}
