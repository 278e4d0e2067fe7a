// Package chart installs Helm charts. It is a foundation other components build on, not a component of its
// own: a chart belongs to what it is installed for.
//
// A chart is one Release, which Helm waits for, and takes back as a whole when a pod does not become ready. The
// other way, a Chart of the SDK's package helm.sh/v4, makes every object in it a resource: policies would see
// them, but an installation that fails halfway would stay so, and Pulumi would have to render the chart at
// every preview. What is in a chart is shown to the policies before it is installed: docs/charts.md.
package chart

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/charts"
)

const (
	// timeoutSeconds is how long pods may take to become ready before the release is taken back: a new node
	// and the image, on a cluster that has no node yet.
	timeoutSeconds = 600

	// history is how many earlier revisions Helm keeps, each a Secret.
	history = 5
)

// Args describe a release of a chart. It has the chart's name.
type Args struct {
	// Chart is what is installed, Values what it is given.
	Chart  charts.Chart
	Values map[string]any
	// Namespace is where it is installed; it has to be there.
	Namespace pulumi.StringInput
	// After are the resources after which its pods can run: nodes, the identity they run with.
	After []pulumi.Resource
}

// Release is a chart that is installed. The SDK has a type for it, in a package that imports all others of
// Kubernetes': compiling them takes longer than everything else together.
type Release struct {
	pulumi.CustomResourceState
}

// Install installs a chart. It fails before anything is registered if the chart is not known to take one of
// the values.
func Install(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*Release, error) {
	if err := args.Chart.Validate(args.Values).Err(); err != nil {
		return nil, fmt.Errorf("values of chart %s: %w", args.Chart.Name, err)
	}
	release := &Release{}
	err := ctx.RegisterResource("kubernetes:helm.sh/v3:Release", name, pulumi.Map{
		"name":           pulumi.String(args.Chart.Name),
		"namespace":      args.Namespace,
		"chart":          pulumi.String(args.Chart.Name),
		"version":        pulumi.String(args.Chart.Version),
		"repositoryOpts": pulumi.StringMap{"repo": pulumi.String(args.Chart.Repository)},
		"values":         pulumi.ToMap(args.Values),
		"atomic":         pulumi.Bool(true),
		"cleanupOnFail":  pulumi.Bool(true),
		"maxHistory":     pulumi.Int(history),
		"timeout":        pulumi.Int(timeoutSeconds),
	}, release, parent, pulumi.DependsOn(args.After))
	if err != nil {
		return nil, fmt.Errorf("installing chart %s: %w", args.Chart.Name, err)
	}
	return release, nil
}

// WaitFor is a value that is there only when another one is: values of charts are plain, so that they can be
// checked, and what they name is not waited for by itself.
func WaitFor(value, other pulumi.StringInput) pulumi.StringOutput {
	return pulumi.All(value, other).ApplyT(func(both []any) string { return both[0].(string) }).(pulumi.StringOutput)
}
