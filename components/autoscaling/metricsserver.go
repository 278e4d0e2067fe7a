package autoscaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// metricsServerVersion is the add-on's. What there is for a version of Kubernetes says
// `aws eks describe-addon-versions --addon-name metrics-server`.
const metricsServerVersion = "v0.8.0-eksbuild.2"

// installMetricsServer installs what measures the CPU of pods, which scaling by CPU takes. AWS maintains it as an
// add-on; Auto Mode has none of its own (https://docs.aws.amazon.com/eks/latest/userguide/community-addons.html).
func (a *Args) installMetricsServer(ctx *pulumi.Context, name string, parent pulumi.ResourceOption) (pulumi.Resource, error) {
	addon, err := eks.NewAddon(ctx, name+"-metrics-server", &eks.AddonArgs{
		ClusterName:              a.Cluster,
		AddonName:                pulumi.String("metrics-server"),
		AddonVersion:             pulumi.String(metricsServerVersion),
		ResolveConflictsOnCreate: pulumi.String("OVERWRITE"),
		ResolveConflictsOnUpdate: pulumi.String("OVERWRITE"),
		Tags:                     pulumi.StringMap{"Name": pulumi.String(name + "-metrics-server")},
	}, parent, pulumi.DependsOn(a.After))
	if err != nil {
		return nil, fmt.Errorf("installing the metrics server: %w", err)
	}
	return addon, nil
}
