package autoscaling

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/chart"
	"coffee-platform/components/identity"
	"coffee-platform/components/namespace"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/iampolicy"
)

// NamespaceName is where KEDA runs.
const NamespaceName = "keda"

// OperatorPort is where the metrics server asks the operator
// (https://github.com/kedacore/keda, cmd/operator/main.go: metrics-service-bind-address).
const OperatorPort = 9666

// Autoscaling is an installation of KEDA.
type Autoscaling struct {
	pulumi.ResourceState

	// Ready is the resource after which KEDA scales, and before which everything it scales must go: it
	// takes part in the deletion of its own objects.
	Ready pulumi.Resource
}

// New installs KEDA. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Autoscaling, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("autoscaling %q: %w", name, err)
	}
	a := &Autoscaling{}
	if err := ctx.RegisterComponentResource("coffee:autoscaling:Autoscaling", name, a, opts...); err != nil {
		return nil, fmt.Errorf("registering autoscaling %q: %w", name, err)
	}
	parent := pulumi.Parent(a)

	place, err := namespace.New(ctx, name, args.namespaceArgs(), parent)
	if err != nil {
		return nil, err
	}
	after := args.After
	if args.CloudWatch {
		who, err := identity.New(ctx, name, args.identityArgs(), parent)
		if err != nil {
			return nil, err
		}
		after = append([]pulumi.Resource{who.Association}, after...)
	}
	metrics, err := args.installMetricsServer(ctx, name, parent)
	if err != nil {
		return nil, err
	}
	release, err := chart.Install(ctx, name, &chart.Args{
		Chart: charts.KEDA,
		// Its RoleBindings are in the namespace it watches, which has to be there before.
		Namespace: chart.WaitFor(place.Name, args.Namespace),
		Values:    args.values(),
		After:     append([]pulumi.Resource{metrics}, after...),
	}, parent)
	if err != nil {
		return nil, err
	}
	a.Ready = release
	return a, ctx.RegisterResourceOutputs(a, pulumi.Map{})
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

func (a *Args) identityArgs() *identity.Args {
	return &identity.Args{
		Namespace:      NamespaceName,
		ServiceAccount: serviceAccount,
		Region:         a.Region,
		AccountID:      a.AccountID,
		ClusterName:    a.ClusterName,
		Cluster:        a.Cluster,
		Permissions: pulumi.String(iampolicy.Document(iampolicy.Statement{
			Sid:    "Metrics",
			Effect: iampolicy.Allow,
			Action: []string{"cloudwatch:GetMetricData"},
			// The action knows no resources
			// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html).
			Resource: []string{"*"},
		})),
	}
}
